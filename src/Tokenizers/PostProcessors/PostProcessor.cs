namespace Thaw.Tokenizers.PostProcessors;

/// <summary>What is done with the tokens of one text or of two.</summary>
/// <param name="Trim">How offsets are trimmed, or null where they are not.</param>
internal sealed record PostProcessor(Template Single, Template Pair, OffsetTrim? Trim = null);
