namespace Thaw.UnitTests.Architecture;

public sealed class CodeTextTests
{
    [Theory]
    [InlineData("a // b", "a")]
    [InlineData("a /* b \n c */ d", "a \n d")]
    [InlineData("a \"b // \\\" c\" d", "a d")]
    [InlineData("a \"\" b", "a b")]
    [InlineData("a @\"b\\\" c", "a c")]
    [InlineData("a @\"b \"\" c\" d", "a d")]
    [InlineData("a '\"' b '\\'' c", "a b c")]
    [InlineData("a \"\"\"b \" c\"\"\" d", "a d")]
    [InlineData("a $\"b {c} {{d}} {e.F:N0} g\" h", "a c e.F:N0 h")]
    [InlineData("a $\"b {c(\"d\", new { E = $\"{f}\" })} g\" h", "a c( , new { E = f }) h")]
    [InlineData("a $\"\"\"b {c} \"d\" \"\"\" e", "a c e")]
    [InlineData("a $$\"\"\"{b} {{c}} {{{d}}}\"\"\" e", "a c d e")]
    [InlineData("a $@\"b\\{c}\"", "a c")]
    public void Comments_and_literals_go_and_code_stays(string source, string code)
    {
        string text = CodeText.Of(source);
        Assert.Equal(source.Length, text.Length);
        Assert.Equal(code, string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }
}
