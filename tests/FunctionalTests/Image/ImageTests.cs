using Thaw.ContainerImage;
using Thaw.FunctionalTests.Support;
using Thaw.Harness;

namespace Thaw.FunctionalTests.Image;

/// <summary>
/// The container image, without a container engine: the file system that the Dockerfile's last stage makes from the published files, entered as
/// another user, without capabilities, its root read-only. <c>make image-check</c> runs the contract tests in it too.
/// </summary>
[Trait("Category", "binary")]
public sealed class ImageTests(ImageFixture fixture) : IClassFixture<ImageFixture>
{
    private readonly ImageTree _image = fixture.Image;

    [Fact]
    public void The_image_holds_the_program_its_library_and_licences_and_nothing_else()
    {
        string[] files = [.. _image.Layers.SelectMany(layer => layer.Files).Select(file => file.Path)];
        Assert.Equal(["/app/LICENSE", "/app/THIRD-PARTY-NOTICES.txt", "/app/libonnxruntime.so", "/app/thaw"], files.Order(StringComparer.Ordinal));
        long content = _image.Layers.Sum(layer => layer.Bytes);
        Assert.InRange(content, 1, ImageLimits.Content);
        Assert.InRange(new FileInfo(Published.Binary).Length, 1, ImageLimits.Program);
        Assert.InRange(content + _image.Base.Bytes, 1, ImageLimits.Total);
    }

    [Fact]
    public void The_image_declares_what_platforms_look_for()
    {
        ImageRecipe recipe = _image.Recipe;
        Assert.Equal("true", recipe.Labels["com.amazonaws.sagemaker.capabilities.multi-models"]);
        Assert.Equal("true", recipe.Labels["com.amazonaws.sagemaker.capabilities.accept-bind-to-port"]);
        Assert.Equal("1", recipe.Environment["ORT_DISABLE_TELEMETRY"]);
        Assert.Equal("1", recipe.Environment["ORT_TELEMETRY_DISABLED"]);
        Assert.Matches("^[1-9][0-9]*:[1-9][0-9]*$", recipe.User);
        Assert.Equal("SIGTERM", recipe.StopSignal);
        Assert.Equal(["/app/thaw"], recipe.Entrypoint);
        Assert.Equal(["serve"], recipe.Command);
        Assert.Equal(["/app/thaw", "health"], recipe.HealthCheck);
        // A version or a digest, never just the newest.
        Assert.Matches("[:@][^:/]*[0-9]+[.][0-9]+[.][0-9]+|@sha256:", recipe.Base);
    }

    [Fact]
    public void The_GPU_image_differs_in_its_base_its_device_and_its_CUDA_label()
    {
        ImageRecipe recipe = ImageRecipe.Read(Path.Combine(Repository.Root, "Dockerfile.gpu"));
        Assert.Contains("-cudnn-runtime-", recipe.Base);
        Assert.Equal(_image.Recipe.Layers, recipe.Layers);
        Assert.Equal(_image.Recipe.Environment.Append(new("THAW_DEVICE", "auto")), recipe.Environment);
        Assert.Equal(["com.amazonaws.sagemaker.inference.cuda.verified_versions"], recipe.Labels.Except(_image.Recipe.Labels).Select(label => label.Key));
        Assert.Equal(
            (_image.Recipe.User, _image.Recipe.StopSignal,
                string.Join(' ', [.. _image.Recipe.Entrypoint, .. _image.Recipe.Command, .. _image.Recipe.HealthCheck])),
            (recipe.User, recipe.StopSignal, string.Join(' ', [.. recipe.Entrypoint, .. recipe.Command, .. recipe.HealthCheck])));
    }

    [ImageFact]
    public Task The_image_serves_with_nothing_writable_but_tmp() => ServeAsync("8m");

    [ImageFact]
    public Task The_image_serves_with_tmp_full() => ServeAsync("full");

    [ImageFact]
    public async Task The_image_serves_without_tmp()
    {
        string tmp = Path.Combine(_image.Root, "tmp");
        // It is empty, except for the repository's mount point if that is below /tmp.
        foreach (string folder in Directory.EnumerateDirectories(tmp, "*", SearchOption.AllDirectories).OrderByDescending(folder => folder.Length))
            Directory.Delete(folder);
        Directory.Delete(tmp);
        try
        {
            await ServeAsync("none");
        }
        finally
        {
            Directory.CreateDirectory(tmp);
        }
    }

    [ImageFact]
    public async Task As_process_1_the_program_is_healthy_and_ends_with_0_on_the_stop_signal()
    {
        await using ServerProcess parent = await ServerProcess.StartAsync(
            arguments: _image.Recipe.Command, binary: _image.Recipe.Entrypoint[0], wrapper: Container.PrefixOfProcess1(_image, "8m"));
        int program = int.Parse(File.ReadAllText($"/proc/{parent.Process.Id}/task/{parent.Process.Id}/children").Trim());
        Assert.EndsWith("\t1", File.ReadLines($"/proc/{program}/status").Single(line => line.StartsWith("NSpid:", StringComparison.Ordinal)));

        (int exitCode, string output) = await ServerProcess.RunAsync(
            [.. Container.Prefix(_image, "8m"), .. _image.Recipe.HealthCheck],
            new Dictionary<string, string> { ["SAGEMAKER_BIND_TO_PORT"] = $"{parent.Port}" });
        Assert.Equal((0, ""), (exitCode, output));

        Assert.Equal(0, NativeCode.Terminate(program));
        await parent.Process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(0, parent.Process.ExitCode);
    }

    [ImageFact]
    public async Task A_library_missing_from_the_base_is_named()
    {
        string library = Path.Join(_image.Root, _image.Base.Files.Single(file => file.Path.EndsWith("/libstdc++.so.6", StringComparison.Ordinal)).Path);
        File.Move(library, library + ".away");
        try
        {
            (int exitCode, string output) = await ServerProcess.RunAsync(
                [.. Container.Prefix(_image, "8m"), .. _image.Recipe.Entrypoint, "--port", $"{FreePort.Find()}"]);
            Assert.Equal(1, exitCode);
            Assert.Contains("libstdc++.so.6", output);
        }
        finally
        {
            File.Move(library + ".away", library);
        }
    }

    private async Task ServeAsync(string tmp)
    {
        await using ServerProcess server = await fixture.StartAsync(tmp);
        AssertConfined(server.Process.Id);
        Assert.Equal(200, (await server.LoadAsync("m", Repository.Sample)).Code);
        Answer answer = await server.InvokeAsync("m", """{"inputs":"Où est la bibliothèque ?"}""");
        Assert.Equal(200, answer.Code);
        Assert.Equal("fr", answer.Json[0].GetProperty("label").GetString());
        Assert.Equal(200, (await server.DeleteAsync("m")).Code);
        Assert.Equal(0, await server.StopAsync());
    }

    /// <summary>Checks with the kernel that the process has the rights it should have, and no more.</summary>
    private void AssertConfined(int process)
    {
        Assert.Equal("/app/thaw", new FileInfo($"/proc/{process}/exe").LinkTarget!.Replace(_image.Root, ""));
        string[] status = File.ReadAllLines($"/proc/{process}/status");
        foreach (string set in (string[])["CapInh", "CapPrm", "CapEff", "CapAmb"]) Assert.Contains($"{set}:\t0000000000000000", status);
        Assert.Contains("NoNewPrivs:\t1", status);
        string user = $"Uid:\t{_image.Recipe.User.Split(':')[0]}\t";
        if (Environment.IsPrivilegedProcess) Assert.Contains(status, line => line.StartsWith(user, StringComparison.Ordinal));

        // "ID parent device root MOUNT-POINT OPTIONS ... - type source options", mount points as the process sees them
        string[][] mounts = [.. File.ReadLines($"/proc/{process}/mountinfo").Select(line => line.Split(' '))];
        Assert.Contains("ro", mounts.Last(mount => mount[4] == "/")[5].Split(','));
        Assert.Contains("ro", mounts.Last(mount => mount[4] == Repository.Root)[5].Split(','));
    }
}
