using System.Text;

namespace Thaw.Tokenizers;

/// <summary>Gives added tokens their ids: the vocabulary's where it has them, else the next ones behind it.</summary>
internal sealed class AddedVocabulary
{
    private readonly Vocabulary _vocabulary;
    private readonly Dictionary<string, AddedToken> _byContent = [];
    private int _next;

    public AddedVocabulary(Vocabulary vocabulary, IEnumerable<AddedToken> tokens)
    {
        _vocabulary = vocabulary;
        _next = vocabulary.Count;
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

        return _vocabulary.TryGetId(Encoding.UTF8.GetBytes(content), out id);
    }

    /// <summary>Id of a token that is known to have joined.</summary>
    public int Id(string content) => _byContent[content].Id;

    /// <summary>Id of a token that has to be in the vocabulary itself.</summary>
    public int ModelId(string content, string fileName, string place) =>
        _vocabulary.TryGetId(Encoding.UTF8.GetBytes(content), out int id)
            ? id
            : throw new TokenizerFileException(fileName, place, $"the vocabulary has no \"{content}\", which stands for unknown words. Copy the model's vocabulary again, or name its unk_token.");

    private void Add(AddedToken token)
    {
        if (!TryGetId(token.Content, out int id))
            id = _next++;
        _byContent[token.Content] = token with { Id = id };
    }
}
