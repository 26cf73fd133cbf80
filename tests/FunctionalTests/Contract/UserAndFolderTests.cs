using Thaw.FunctionalTests.Support;
using Thaw.TestModels;

namespace Thaw.FunctionalTests.Contract;

/// <summary>The server as another user and in another folder. Not for the image, which sets both itself.</summary>
[Trait("Category", "binary")]
public sealed class UserAndFolderTests : IDisposable
{
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.OtherRead;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_read_only_directory_serves_and_stays_as_it_is()
    {
        string directory = _folder.CopySample("m");
        foreach (string file in Directory.GetFiles(directory)) File.SetUnixFileMode(file, ReadOnly);
        File.SetUnixFileMode(directory, ReadOnly | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        string[] before = State();
        await using ServerProcess server = await StartWithoutPrivilegesAsync();
        Assert.Equal(200, (await server.LoadAsync("m", directory)).Code);
        Assert.Equal(200, (await server.InvokeAsync("m", """{"inputs":"x"}""")).Code);
        Assert.Equal(200, (await server.DeleteAsync("m")).Code);
        Assert.Equal(before, State());
        File.SetUnixFileMode(directory, OwnerOnly);

        string[] State() =>
            [.. new DirectoryInfo(directory).EnumerateFileSystemInfos().OrderBy(file => file.Name)
                .Select(file => $"{file.Name} {(file as FileInfo)?.Length} {file.LastWriteTimeUtc:O}")];
    }

    [Theory]
    [InlineData("")]
    [InlineData("config.json")]
    [InlineData("model.onnx")]
    [InlineData("tokenizer.json")]
    public async Task A_model_without_read_permission_is_refused(string file)
    {
        string directory = _folder.CopySample("m");
        string path = Path.Combine(directory, file);
        File.SetUnixFileMode(path, UnixFileMode.None);
        await using ServerProcess server = await StartWithoutPrivilegesAsync();
        Answer answer = await server.LoadAsync("m", directory);
        File.SetUnixFileMode(path, OwnerOnly);
        Assert.Equal(400, answer.Code);
        Assert.Contains(file.Length == 0 ? $"'{directory}': permission denied" : $"{file}: permission denied", answer.Error);
    }

    [Fact]
    public async Task Nothing_below_the_working_directory_is_watched()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(wrapper: ["sh", "-c", "cd / && exec \"$0\" \"$@\""]);
        Assert.Equal("/", new FileInfo($"/proc/{server.Process.Id}/cwd").LinkTarget);
        Assert.DoesNotContain(Directory.GetFiles($"/proc/{server.Process.Id}/fd"), file => new FileInfo(file).LinkTarget is "anon_inode:inotify");
    }

    /// <summary>
    /// Permissions do not apply to root, so root starts the server as another user. It starts a copy of the binary, because that user may have no
    /// access to the repository.
    /// </summary>
    private async Task<ServerProcess> StartWithoutPrivilegesAsync()
    {
        File.SetUnixFileMode(_folder.Path, OwnerOnly | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        File.Copy(Published.Binary, _folder["thaw"]);
        File.Copy(Published.Library, _folder["libonnxruntime.so"]);
        string[] wrapper = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
        return await ServerProcess.StartAsync(binary: _folder["thaw"], wrapper: wrapper);
    }
}
