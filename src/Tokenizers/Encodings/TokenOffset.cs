namespace Thaw.Tokenizers.Encodings;

/// <summary>Where a token came from in its text. Both are 0 for a special token of the template.</summary>
/// <param name="Start">Where it begins, in the <see cref="OffsetUnit"/> of the options.</param>
/// <param name="End">Where it ends; not included.</param>
public readonly record struct TokenOffset(int Start, int End);
