namespace Thaw.Tokenizers.PostProcessors;

/// <summary>A part of a template: one of the texts, or a special token.</summary>
/// <param name="Id">Id of the special token; not used for a text.</param>
/// <param name="Text">0 for the first text, 1 for the second, <see cref="Template.NoText"/> for a special token.</param>
internal readonly record struct TemplatePart(int Id, int Text, byte TypeId);
