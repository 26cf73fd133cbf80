using System.Text;
using Thaw.Tokenizers.AddedTokens;
using Thaw.Tokenizers.Models;

namespace Thaw.Tokenizers.Files;

/// <summary>The added tokens of a tokenizer without a tokenizer.json.</summary>
internal sealed class SpecialTokens
{
    private readonly string _vocabularyName;
    private readonly TokenModel _model;
    private readonly TokenizerConfig _config;
    private readonly AddedVocabulary _added;

    /// <param name="vocabularyName">The file of the vocabulary, for messages.</param>
    /// <param name="own">Tokens that the vocabulary itself marks as added.</param>
    /// <exception cref="TokenizerFileException">The configuration lists a token with another id.</exception>
    public SpecialTokens(string vocabularyName, TokenModel model, TokenizerConfig config, IEnumerable<AddedToken> own)
    {
        _vocabularyName = vocabularyName;
        _model = model;
        _config = config;
        _added = new AddedVocabulary(model, own.Concat(config.AllTokens()));
        foreach (AddedToken token in config.AddedTokens)
        {
            if (_added.TryGetId(token.Content, out int id) && id != token.Id)
            {
                string reason = $"the token \"{token.Content}\" has the id {token.Id} here, but {id} with {vocabularyName}. Copy the tokenizer's files again.";
                throw new TokenizerFileException(config.ListName, "", reason);
            }
        }
    }

    public IReadOnlyList<AddedToken> Tokens => _added.Tokens;

    /// <summary>Id of the token that is named pad_token. Padding is masked, so any id will do if none is.</summary>
    public int? PadId => _config.Named("pad_token") is { } named && _added.TryGetId(named, out int id) ? id : null;

    /// <summary>Id of a token that is put before or after texts.</summary>
    /// <exception cref="TokenizerFileException">Neither the vocabulary has it, nor do the files list it with an id.</exception>
    public int Id(string content)
    {
        if (_model.TryGetId(Encoding.UTF8.GetBytes(content), out int id))
            return id;
        if (_config.AddedTokens.Exists(token => token.Content == content))
            return _added.Id(content);
        string reason = $"the vocabulary has no \"{content}\", which each text begins or ends with. Copy the vocabulary again, or save a tokenizer.json.";
        throw new TokenizerFileException(_vocabularyName, "", reason);
    }
}
