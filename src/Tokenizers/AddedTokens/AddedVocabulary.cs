using System.Text;
using Thaw.Tokenizers.Models;

namespace Thaw.Tokenizers.AddedTokens;

/// <summary>Gives added tokens their ids: those of the token model if it has them, otherwise the next ids after its own.</summary>
internal sealed class AddedVocabulary
{
    private readonly TokenModel _model;
    private readonly Dictionary<string, AddedToken> _byContent = [];
    private int _next;

    public AddedVocabulary(TokenModel model, IEnumerable<AddedToken> tokens)
    {
        _model = model;
        _next = model.Count;
        foreach (AddedToken token in tokens.Where(token => token.Content.Length > 0))
            Add(token);
    }

    public IReadOnlyList<AddedToken> Tokens => [.. _byContent.Values];

    public bool TryGetId(string content, out int id)
    {
        if (_byContent.TryGetValue(content, out AddedToken? token))
        {
            id = token.Id;
            return true;
        }

        return _model.TryGetId(Encoding.UTF8.GetBytes(content), out id);
    }

    /// <summary>Id of a token that is known to be one of the added tokens.</summary>
    public int Id(string content) => _byContent[content].Id;

    private void Add(AddedToken token)
    {
        if (!TryGetId(token.Content, out int id))
            id = _next++;
        _byContent[token.Content] = token with { Id = id };
    }
}
