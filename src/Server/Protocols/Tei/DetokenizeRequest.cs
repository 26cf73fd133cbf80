using System.Buffers;
using System.Runtime.InteropServices;
using Thaw.Inference;
using Thaw.Inference.Batching;
using Thaw.Inference.Serving;
using Thaw.Server.Http;
using Thaw.Server.Pipeline;

namespace Thaw.Server.Protocols.Tei;

/// <summary>A request to make text of token ids.</summary>
internal sealed class DetokenizeRequest : ModelRequest
{
    // Bytes of all texts of a request, which are in memory at once; escaped, a byte can take six.
    private const int MostTextBytes = 8 << 20;

    private readonly List<int> _ids = [];
    private readonly List<int> _ends = [];
    private readonly ArrayBufferWriter<byte> _texts = new();
    private readonly List<int> _textEnds = [];

    public bool SkipSpecialTokens { get; set; } = true;

    /// <summary>Number of ids in all.</summary>
    public int Ids => _ids.Count;

    /// <summary>Number of texts.</summary>
    public int Count => _ends.Count;

    /// <summary>The ids of a text.</summary>
    public ReadOnlySpan<int> this[int text] => CollectionsMarshal.AsSpan(_ids)[(text == 0 ? 0 : _ends[text - 1]).._ends[text]];

    public void Add(int id) => _ids.Add(id);

    /// <summary>Makes a text of the ids that were added since the last one.</summary>
    public void EndText() => _ends.Add(_ids.Count);

    public override InferenceError? Finish(LoadedModel model, FloatRows? rows)
    {
        for (int i = 0; i < Count; i++)
        {
            if (!model.Tokenizer.TryDecode(this[i], SkipSpecialTokens, _texts, MostTextBytes - _texts.WrittenCount))
                return JsonBody.Invalid($"The ids make more than {MostTextBytes} bytes of text. Send fewer.");
            _textEnds.Add(_texts.WrittenCount);
        }

        return null;
    }

    public override async Task WriteAsync(HttpResponse response)
    {
        using var answer = new JsonAnswer(response);
        answer.Json.WriteStartArray();
        int start = 0;
        foreach (int end in _textEnds)
        {
            answer.Json.WriteStringValue(_texts.WrittenSpan[start..end]);
            start = end;
            await answer.SendAsync();
        }

        answer.Json.WriteEndArray();
        await answer.EndAsync();
    }
}
