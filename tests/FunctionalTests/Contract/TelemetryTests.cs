using Thaw.FunctionalTests.Support;
using Thaw.TestModels;

namespace Thaw.FunctionalTests.Contract;

/// <summary>
/// The published binary makes no outgoing connections, in an environment that does not look like continuous integration, where ONNX
/// Runtime sends nothing anyway. A library loaded before the C library records every attempt to connect or to look up a name.
/// </summary>
[Trait("Category", "binary")]
public sealed class TelemetryTests : IDisposable
{
    private const string Witness =
        """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <netdb.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/socket.h>
        #include <unistd.h>

        static void note(const char *what) {
            int file = open(getenv("WITNESS_LOG"), O_WRONLY | O_CREAT | O_APPEND, 0666);
            if (write(file, what, strlen(what)) < 0) abort();
            close(file);
        }

        int connect(int socket, const struct sockaddr *address, socklen_t length) {
            char line[64];
            snprintf(line, sizeof line, "connect family %d\n", address->sa_family);
            note(line);
            return ((int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "connect"))(socket, address, length);
        }

        ssize_t sendto(int socket, const void *data, size_t size, int flags, const struct sockaddr *address, socklen_t length) {
            if (address) note("sendto an address\n");
            typedef ssize_t (*send_to)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
            return ((send_to)dlsym(RTLD_NEXT, "sendto"))(socket, data, size, flags, address, length);
        }

        int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
            note("getaddrinfo\n");
            typedef int (*get_address)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
            return ((get_address)dlsym(RTLD_NEXT, "getaddrinfo"))(host, service, hints, result);
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_server_makes_no_outgoing_connections()
    {
        NativeCode.CompileLibrary(_folder["witness.c"], Witness, _folder["witness.so"]);
        Dictionary<string, string> variables = new() { ["LD_PRELOAD"] = _folder["witness.so"], ["WITNESS_LOG"] = _folder["log"] };

        // The witness sees connections.
        await ServerProcess.RunAsync(["node", "-e", "require('net').connect(1, '127.0.0.1').on('error', () => {})"], variables);
        Assert.Contains("connect family 2", File.ReadAllText(_folder["log"]));
        File.Delete(_folder["log"]);

        await using (ServerProcess server = await ServerProcess.StartAsync(variables))
        {
            Assert.Contains("witness.so", File.ReadAllText($"/proc/{server.Process.Id}/maps"));
            string[] variablesThere = File.ReadAllText($"/proc/{server.Process.Id}/environ").Split('\0');
            Assert.DoesNotContain(variablesThere, variable => variable.StartsWith("CI=", StringComparison.Ordinal));
            Assert.Equal(200, (await server.LoadAsync("m", Repository.Sample)).Code);
            Assert.Equal(200, (await server.InvokeAsync("m", """{"inputs":"x"}""")).Code);
            Assert.All(LocalPortsOfSockets(server.Process.Id), port => Assert.Equal(server.Port, port));
            Assert.Equal(200, (await server.DeleteAsync("m")).Code);
            Assert.Equal(0, await server.StopAsync());
        }

        Assert.False(File.Exists(_folder["log"]), File.Exists(_folder["log"]) ? File.ReadAllText(_folder["log"]) : null);
    }

    [Fact]
    public async Task Preparing_a_model_makes_no_outgoing_connections()
    {
        NativeCode.CompileLibrary(_folder["witness.c"], Witness, _folder["witness.so"]);
        // The last command connects on purpose, to show that the witness is there.
        string command = $"{Published.Binary} prepare {Repository.Sample} --output {_folder["prepared"]}; " +
            "node -e \"require('net').connect(1, '127.0.0.1').on('error', () => {})\"";
        var variables = new Dictionary<string, string> { ["LD_PRELOAD"] = _folder["witness.so"], ["WITNESS_LOG"] = _folder["log"] };
        (int exitCode, string output) = await ServerProcess.RunAsync(["bash", "-c", command], variables);
        Assert.True(exitCode == 0 && File.Exists(Path.Combine(_folder["prepared"], "model.onnx")), output);
        Assert.Equal("connect family 2", Assert.Single(File.ReadAllLines(_folder["log"])));
    }

    /// <summary>The local ports of the process's TCP and UDP sockets, according to the kernel: an outgoing connection would have a port of its own.</summary>
    private static List<int> LocalPortsOfSockets(int process)
    {
        string[] descriptors = [.. Directory.GetFiles($"/proc/{process}/fd").Select(file => new FileInfo(file).LinkTarget ?? "")];
        List<int> ports = [];
        foreach (string protocol in (string[])["tcp", "tcp6", "udp", "udp6"])
        {
            foreach (string line in File.ReadLines($"/proc/{process}/net/{protocol}").Skip(1))
            {
                string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (descriptors.Contains($"socket:[{fields[9]}]")) ports.Add(Convert.ToInt32(fields[1].Split(':')[1], 16));
            }
        }

        Assert.NotEmpty(ports);
        return ports;
    }
}
