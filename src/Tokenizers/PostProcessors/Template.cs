namespace Thaw.Tokenizers.PostProcessors;

/// <summary>Which special tokens are added to one text or to two texts, and the token types of all parts.</summary>
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
