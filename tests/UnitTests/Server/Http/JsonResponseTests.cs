using Thaw.Server.Http;
using Thaw.Server.Management;

namespace Thaw.UnitTests.Server.Http;

public sealed class JsonResponseTests
{
    [Fact]
    public async Task Text_is_written_unchanged_and_the_headers_have_the_length()
    {
        using var exchange = new Exchange();

        await exchange.Context.Response.WriteJsonAsync(new ListedModel("<é>", "/m/\"中\""), ManagementJson.Default.ListedModel);

        Assert.Equal("""{"modelName":"<é>","modelUrl":"/m/\"中\""}""", exchange.Text);
        Assert.Equal(System.Text.Encoding.UTF8.GetByteCount(exchange.Text), exchange.Context.Response.ContentLength);
        Assert.Equal("application/json", exchange.Context.Response.ContentType);
    }
}
