using System.Buffers;
using System.Text;
using Thaw.Tokenizers;

namespace Thaw.UnitTests.Tokenizers;

internal static class Decoding
{
    public static string Decode(this Tokenizer tokenizer, ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.True(tokenizer.TryDecode(ids, skipSpecialTokens, output));
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
