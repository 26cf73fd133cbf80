using System.Buffers;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers.Models;

/// <summary>A token model: turns words into tokens. Immutable.</summary>
internal abstract class TokenModel
{
    /// <summary>Its name in tokenizer.json.</summary>
    public abstract string Kind { get; }

    /// <summary>Number of distinct pieces; added tokens that are not among them get the ids after these.</summary>
    public abstract int Count { get; }

    /// <summary>The highest id of a piece.</summary>
    public abstract int HighestId { get; }

    /// <summary>Id of a piece as the file writes it.</summary>
    public abstract bool TryGetId(ReadOnlySpan<byte> piece, out int id);

    /// <summary>Writes a piece as the file writes it. False, with nothing written, for an id that the token model does not have.</summary>
    public abstract bool TryWritePiece(int id, IBufferWriter<byte> output);

    /// <summary>The white space that a piece, as the file writes it, begins and ends with.</summary>
    public abstract Spaces SpacesOf(int id);

    /// <summary>Adds the tokens of a word that is not empty: the bytes of <paramref name="text"/> from <paramref name="start"/> to
    /// <paramref name="end"/>.</summary>
    public abstract void Tokenize(TextBuffer text, int start, int end, TokenList tokens, ModelScratch scratch);
}
