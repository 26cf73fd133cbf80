namespace Thaw.Tokenizers.PostProcessors;

/// <summary>Adds special tokens to one text or to two texts, and trims offsets.</summary>
/// <param name="Trim">How offsets are trimmed; null if they are not.</param>
internal sealed record PostProcessor(Template Single, Template Pair, OffsetTrim? Trim = null);
