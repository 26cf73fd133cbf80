namespace Thaw.Onnx.Format;

/// <summary>A field of a message in a file, which may be longer than an array can be.</summary>
/// <param name="Start">Where its tag begins, in bytes from the start of the file.</param>
internal readonly record struct FileField(ProtoField Field, long Start)
{
    public long Content => Start + Field.HeaderLength;

    public long End => Content + Field.ContentLength;

    /// <summary>Whether it is the message, text or byte field of that number.</summary>
    public bool Is(int number) => Field.Number == number && Field.Type == WireType.Bytes;

    /// <summary>The fields of the message from <paramref name="start"/> to <paramref name="end"/>.</summary>
    /// <exception cref="ModelFormatException">The message is damaged.</exception>
    public static IEnumerable<FileField> Walk(MappedFile file, long start, long end)
    {
        for (long at = start; at < end;)
        {
            int left = (int)Math.Min(ProtoField.LongestHeader, end - at);
            var field = new FileField(ProtoField.Parse(file.Span(at, left)), at);
            if (field.Field.ContentLength > end - field.Content) throw new ModelFormatException("it ends within a field");
            yield return field;
            at = field.End;
        }
    }
}
