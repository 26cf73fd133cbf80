namespace Thaw.Tokenizers.PostProcessors;

/// <summary>A piece of a template: one of the texts, or a special token.</summary>
/// <param name="Id">Of the special token; not used for a text.</param>
/// <param name="Text">0 for the first text, 1 for the second, <see cref="Template.NoText"/> for a special token.</param>
internal readonly record struct TemplatePart(int Id, int Text, byte TypeId);

/// <summary>Which special tokens stand around one text or around two, and the token types of all.</summary>
internal sealed class Template
{
    public const int NoText = -1;

    private readonly TemplatePart[] _parts;

    public Template(IEnumerable<TemplatePart> parts)
    {
        _parts = [.. parts];
        SpecialTokens = _parts.Count(part => part.Text == NoText);
    }

    public static TemplatePart Special(int id, byte typeId = 0) => new(id, NoText, typeId);

    public static TemplatePart Text(int number, byte typeId = 0) => new(0, number, typeId);

    public ReadOnlySpan<TemplatePart> Parts => _parts;

    /// <summary>Number of special tokens.</summary>
    public int SpecialTokens { get; }

    public Template WithoutSpecialTokens => SpecialTokens == 0 ? this : field ??= new Template(_parts.Where(part => part.Text != NoText));
}
