using System.Buffers;
using System.Text;
using Thaw.Tokenizers.AddedTokens;
using Thaw.Tokenizers.Models;

namespace Thaw.Tokenizers.Decoders;

/// <summary>Ids back to tokens and text. What is needed for it alone is made when it is first used.</summary>
internal sealed class TokenDecoder(TokenModel model, IReadOnlyList<AddedToken> addedTokens, Decoder[] decoders)
{
    private readonly Lazy<Dictionary<int, AddedToken>> _added = new(() => ById(addedTokens));

    /// <summary>Writes a token as the files do. False, and nothing written, for an id that there is not.</summary>
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

    // Of two tokens with the same id the later one counts, as in the reference.
    private static Dictionary<int, AddedToken> ById(IReadOnlyList<AddedToken> tokens)
    {
        var byId = new Dictionary<int, AddedToken>(tokens.Count);
        foreach (AddedToken token in tokens)
            byId[token.Id] = token;
        return byId;
    }

    private bool IsSpecial(int id) => _added.Value.TryGetValue(id, out AddedToken? token) && token.Special;
}
