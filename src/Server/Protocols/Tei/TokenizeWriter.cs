using System.Buffers;
using Thaw.Server.Http;
using Thaw.Tokenizers;
using Thaw.Tokenizers.Encodings;

namespace Thaw.Server.Protocols.Tei;

/// <summary>Tokenizes the texts of a request one after another, and writes the tokens of each as a list, in text-embeddings-inference's form.</summary>
internal sealed class TokenizeWriter(JsonAnswer answer, Tokenizer tokenizer, TokenizeRequest request) : IDisposable
{
    private readonly EncodedText _tokens = new();
    private readonly ArrayBufferWriter<byte> _special = new();
    private OffsetCursor _offsets;

    public async Task WriteAsync()
    {
        // Texts are cut by bytes; the offsets that are written are counted as the tokens come.
        var options = new EncodeOptions { AddSpecialTokens = request.AddSpecialTokens, Offsets = OffsetUnit.Byte };
        answer.Json.WriteStartArray();
        for (int i = 0; i < request.Texts.Count; i++)
        {
            tokenizer.Encode(request.Texts.First(i), _tokens, options);
            _offsets = new OffsetCursor(request.Offsets);
            answer.Json.WriteStartArray();
            for (int token = 0; token < _tokens[0].Ids.Length;)
            {
                token = WritePart(request.Texts.First(i), token);
                await answer.SendAsync();
            }

            answer.Json.WriteEndArray();
        }

        answer.Json.WriteEndArray();
        await answer.EndAsync();
    }

    public void Dispose() => _tokens.Dispose();

    /// <summary>Writes tokens until there is enough to send; returns the number of the next one.</summary>
    private int WritePart(ReadOnlySpan<byte> text, int token)
    {
        EncodedWindow window = _tokens[0];
        for (; token < window.Ids.Length && !answer.IsFull; token++)
        {
            answer.Json.WriteStartObject();
            answer.Json.WriteNumber("id"u8, window.Ids[token]);
            if (window.SpecialTokensMask[token] != 0)
                WriteSpecial(window.Ids[token]);
            else
                WriteText(text, window.Offsets[token]);
            answer.Json.WriteEndObject();
        }

        return token;
    }

    private void WriteSpecial(int id)
    {
        _special.ResetWrittenCount();
        tokenizer.TryWriteToken(id, _special);
        answer.Json.WriteString("text"u8, _special.WrittenSpan);
        answer.Json.WriteBoolean("special"u8, true);
        answer.Json.WriteNull("start"u8);
        answer.Json.WriteNull("stop"u8);
    }

    private void WriteText(ReadOnlySpan<byte> text, TokenOffset offset)
    {
        // Canonical order moves marks, so that a token's last one can come before its first one.
        int end = Math.Max(offset.Start, offset.End);
        answer.Json.WriteString("text"u8, text[offset.Start..end]);
        answer.Json.WriteBoolean("special"u8, false);
        answer.Json.WriteNumber("start"u8, _offsets.At(text, offset.Start));
        answer.Json.WriteNumber("stop"u8, _offsets.At(text, offset.End));
    }
}
