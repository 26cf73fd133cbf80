using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Thaw.FunctionalTests.Support;
using Thaw.Harness;
using Thaw.TestModels;

namespace Thaw.FunctionalTests.Contract;

/// <summary><c>thaw health</c>, the health check of containers without a shell, and what a server's surroundings do to it.</summary>
[Trait("Category", "binary"), Trait("Category", "image")]
public sealed class HealthTests
{
    [Fact]
    public async Task A_running_server_is_healthy()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        Assert.Equal((0, ""), await AskAsync(server.Port));
    }

    [Fact]
    public async Task The_port_comes_from_the_platforms_variable()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(portByVariable: true);
        var variables = new Dictionary<string, string> { ["SAGEMAKER_BIND_TO_PORT"] = $"{server.Port}" };
        (int exitCode, _) = await ServerProcess.RunAsync([Published.Binary, "health"], variables);
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task A_port_without_a_server_is_unhealthy()
    {
        (int exitCode, string output) = await AskAsync(FreePort.Find());
        Assert.Equal(1, exitCode);
        Assert.Contains("does not answer", Assert.Single(output.Trim().Split('\n')));
    }

    [Theory]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\n\r\n", "HTTP/1.1 503")]
    [InlineData("HTTP/1.1 20", "HTTP/1.1 20'")]
    [InlineData("", "answers ''")]
    public async Task Any_other_answer_is_unhealthy(string answer, string reason)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<(int ExitCode, string Output)> asked = AskAsync(((IPEndPoint)listener.LocalEndpoint).Port);
        using (TcpClient client = await listener.AcceptTcpClientAsync())
        {
            // Unread bytes would turn the end of the connection into a reset.
            Assert.NotEqual(0, await client.GetStream().ReadAsync(new byte[1024]));
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer));
        }

        (int exitCode, string output) = await asked;
        Assert.Equal(1, exitCode);
        Assert.Contains(reason, output);
    }

    [Fact]
    public async Task A_server_that_hangs_is_unhealthy()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        (int exitCode, string output) = await AskAsync(((IPEndPoint)listener.LocalEndpoint).Port);
        Assert.Equal(1, exitCode);
        Assert.Contains("does not answer", output);
    }

    [Fact]
    public async Task Variables_and_settings_of_the_framework_do_not_change_the_port()
    {
        using var folder = new TemporaryFolder();
        int other = FreePort.Find();
        string url = $"http://127.0.0.1:{other}";
        var settings = new { Urls = url, Kestrel = new { Endpoints = new { Other = new { Url = url } } } };
        File.WriteAllText(folder["appsettings.json"], JsonSerializer.Serialize(settings));
        Dictionary<string, string> variables = new() { ["ASPNETCORE_HTTP_PORTS"] = $"{other}", ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{other}" };
        await using ServerProcess server = await ServerProcess.StartAsync(variables, wrapper: ["sh", "-c", $"cd '{folder.Path}' && exec \"$0\" \"$@\""]);
        using var client = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(IPAddress.Loopback, other));
        Assert.DoesNotContain("warn", server.Output);
    }

    private static Task<(int ExitCode, string Output)> AskAsync(int port) => ServerProcess.RunAsync([Published.Binary, "health", "--port", $"{port}"]);
}
