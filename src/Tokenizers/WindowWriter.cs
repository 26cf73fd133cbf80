using Thaw.Tokenizers.Encodings;
using Thaw.Tokenizers.PostProcessors;
using Thaw.Tokenizers.Scratch;

namespace Thaw.Tokenizers;

/// <summary>Writes the windows of one text or of two texts into a result.</summary>
internal ref struct WindowWriter(PostProcessor processor, Template template, Workspace work, EncodedText result, OffsetUnit unit)
{
    private OffsetCursor _firstCursor = new(unit);
    private OffsetCursor _secondCursor = new(unit);

    public required ReadOnlySpan<byte> First { get; init; }

    public ReadOnlySpan<byte> Second { get; init; }

    /// <summary>Writes one window.</summary>
    /// <param name="first">Which tokens of the first text it has.</param>
    /// <param name="second">Which tokens of the second text it has.</param>
    public void Write(Range first, Range second)
    {
        result.BeginWindow();
        foreach (TemplatePart part in template.Parts)
        {
            if (part.Text == Template.NoText)
                result.AddSpecial(part.Id, part.TypeId);
            else if (part.Text == 0)
                Write(work.First, first, part.TypeId, First, ref _firstCursor);
            else
                Write(work.Second, second, part.TypeId, Second, ref _secondCursor);
        }
    }

    private readonly void Write(TokenList tokens, Range range, byte typeId, ReadOnlySpan<byte> text, ref OffsetCursor cursor)
    {
        Span<TokenOffset> offsets = result.AddText(tokens.Ids[range], tokens.Origins[range], typeId);
        processor.Trim?.Apply(text, tokens.Spaces[range], offsets);
        foreach (ref TokenOffset offset in offsets)
        {
            int start = cursor.At(text, offset.Start);
            offset = new TokenOffset(start, cursor.At(text, offset.End));
        }
    }
}
