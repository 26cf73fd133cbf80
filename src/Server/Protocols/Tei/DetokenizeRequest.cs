using System.Runtime.InteropServices;

namespace Thaw.Server.Protocols.Tei;

/// <summary>A request to make text of token ids.</summary>
internal sealed class DetokenizeRequest
{
    private readonly List<int> _ids = [];
    private readonly List<int> _ends = [];

    public bool SkipSpecialTokens { get; set; } = true;

    /// <summary>Number of ids in all.</summary>
    public int Ids => _ids.Count;

    /// <summary>Number of texts.</summary>
    public int Count => _ends.Count;

    /// <summary>The ids of a text.</summary>
    public ReadOnlySpan<int> this[int text] => CollectionsMarshal.AsSpan(_ids)[(text == 0 ? 0 : _ends[text - 1]).._ends[text]];

    public void Add(int id) => _ids.Add(id);

    /// <summary>Makes the ids that were added since the last text a text.</summary>
    public void EndText() => _ends.Add(_ids.Count);
}
