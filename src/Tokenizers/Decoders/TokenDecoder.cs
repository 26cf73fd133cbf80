using System.Buffers;
using System.Text;
using Thaw.Tokenizers.AddedTokens;
using Thaw.Tokenizers.Models;

namespace Thaw.Tokenizers.Decoders;

/// <summary>Turns ids back into tokens and text. Tables that only decoding needs are made at the first use.</summary>
internal sealed class TokenDecoder(TokenModel model, IReadOnlyList<AddedToken> addedTokens, Decoder[] decoders)
{
    private readonly Lazy<Dictionary<int, AddedToken>> _added = new(() => ById(addedTokens));

    /// <summary>Writes a token as the files write it. False, with nothing written, for an id that does not exist.</summary>
    public bool TryWriteToken(int id, IBufferWriter<byte> output)
    {
        if (!_added.Value.TryGetValue(id, out AddedToken? token))
            return model.TryWritePiece(id, output);
        Encoding.UTF8.GetBytes(token.Content, output);
        return true;
    }

    public bool TryDecode(ReadOnlySpan<int> ids, bool skipSpecialTokens, IBufferWriter<byte> output, int maxBytes)
    {
        using var first = new PieceText();
        using var second = new PieceText();
        foreach (int id in ids)
        {
            if ((skipSpecialTokens && IsSpecial(id)) || !TryWriteToken(id, first))
                continue;
            first.EndPiece();
            if (first.Bytes.Length > maxBytes)
                return false;
        }

        (PieceText pieces, PieceText spare) = (first, second);
        foreach (Decoder decoder in decoders)
        {
            spare.Clear();
            decoder.Decode(pieces, spare);
            (pieces, spare) = (spare, pieces);
            if (pieces.Bytes.Length > maxBytes)
                return false;
        }

        output.Write(pieces.Bytes);
        return true;
    }

    // If two tokens have the same id, the later one counts, as in the reference.
    private static Dictionary<int, AddedToken> ById(IReadOnlyList<AddedToken> tokens)
    {
        var byId = new Dictionary<int, AddedToken>(tokens.Count);
        foreach (AddedToken token in tokens)
            byId[token.Id] = token;
        return byId;
    }

    private bool IsSpecial(int id) => _added.Value.TryGetValue(id, out AddedToken? token) && token.Special;
}
