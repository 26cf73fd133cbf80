using System.Diagnostics;
using System.Text.Json;
using Thaw.FunctionalTests.InProcess.Fusion;
using Thaw.FunctionalTests.InProcess.Preparing;
using Thaw.FunctionalTests.InProcess.Runtime;
using Thaw.FunctionalTests.Support;
using Thaw.Onnx.InPlace;
using Thaw.Onnx.Runtime;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.Preparing;

/// <summary><c>thaw prepare</c>, as the published binary does it.</summary>
[Trait("Category", "binary")]
[Collection(nameof(OnnxRuntimeCollection))]
public sealed class PrepareCommandTests(OnnxRuntimeFixture runtime) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_model_is_prepared_into_another_directory_and_preparing_that_again_changes_nothing()
    {
        string model = _folder.CopySample("model");
        Directory.CreateDirectory(Path.Combine(model, "1_Pooling"));
        File.WriteAllText(Path.Combine(model, "1_Pooling", "config.json"), "{}");
        Dictionary<string, byte[]> original = Content(model);
        string output = await PrepareAsync(model, "--output", _folder["prepared"]);
        Assert.Contains("original in ONNX Runtime", output);
        foreach (string row in (string[])["load", "first run", "warm run", "disk", "private memory"])
            Assert.Matches($@"(?m)^{row} +[\d.,]+ [mM][sB] +[\d.,]+ [mM][sB]", output);
        Assert.Contains($"\"url\":\"{_folder["prepared"]}\"", output.TrimEnd().Split('\n')[^1]);
        AssertSame(original, Content(model));
        Dictionary<string, byte[]> prepared = Content(_folder["prepared"]);
        Assert.Equal(original.Keys.Append("model.onnx.data").Order(StringComparer.Ordinal), prepared.Keys);
        foreach (string name in original.Keys.Where(name => name != "model.onnx")) Assert.Equal(original[name], prepared[name]);
        int graph = prepared["model.onnx"].Length, weights = prepared["model.onnx.data"].Length;
        Assert.True(graph < 50_000 && graph + weights < 1.05 * original["model.onnx"].Length, $"{graph} bytes of graph, {weights} of weights");
        AssertAnswersAlike(_folder["prepared"]);

        Directory.CreateDirectory(_folder["again"]);
        await PrepareAsync(_folder["prepared"], $"--output={_folder["again"]}");
        AssertSame(prepared, Content(_folder["again"]));
    }

    [Fact]
    public async Task A_model_is_prepared_in_place_once_and_then_stays_as_it_is()
    {
        string model = _folder.CopySample("model");
        File.SetUnixFileMode(Path.Combine(model, "model.onnx"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string[] before = Directory.GetFiles(model);
        await PrepareAsync(model);
        Assert.Equal(before.Append(Path.Combine(model, "model.onnx.data")).Order(), Directory.GetFileSystemEntries(model).Order());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(model, "model.onnx.data")));
        AssertAnswersAlike(model);
        Dictionary<string, byte[]> prepared = Content(model);
        Assert.Contains("is already prepared", await PrepareAsync(model));
        AssertSame(prepared, Content(model));
    }

    [Fact]
    public async Task Old_weight_files_are_replaced_unless_another_model_may_need_them()
    {
        string model = _folder.CopySample("model");
        Prepared.Scatter(Path.Combine(Repository.Sample, "model.onnx"), Path.Combine(model, "model.onnx"), files: 3, smallest: 1000);
        // The name that the new file would have: this one stays.
        File.WriteAllText(Path.Combine(model, "model.onnx.data"), "another's");
        File.Copy(Path.Combine(model, "model.onnx"), Path.Combine(model, "another.onnx"));
        await PrepareAsync(model, "--output", _folder["carried"]);
        Assert.True(File.Exists(Path.Combine(_folder["carried"], "weights2")));
        File.Delete(Path.Combine(model, "another.onnx"));
        await PrepareAsync(model, "--output", _folder["prepared"]);
        await PrepareAsync(model);
        foreach (string directory in (string[])[model, _folder["prepared"]])
        {
            IEnumerable<string> files = Names(Directory.GetFiles(directory)).Where(name => name.StartsWith("model") || name.StartsWith("weights"));
            Assert.Equal(["model.onnx", "model.onnx.1.data", "model.onnx.data"], files);
            Assert.Equal("another's", File.ReadAllText(Path.Combine(directory, "model.onnx.data")));
            AssertAnswersAlike(directory);
        }
    }

    [Fact]
    public async Task The_server_gives_the_same_answers_from_a_prepared_model_as_from_the_original()
    {
        await PrepareAsync(Repository.Sample, "--output", _folder["prepared"]);
        await using ServerProcess server = await ServerProcess.StartAsync();
        Assert.Equal(200, (await server.LoadAsync("raw", Repository.Sample)).Code);
        Assert.Equal(200, (await server.LoadAsync("prepared", _folder["prepared"])).Code);
        string[] inputs = ["Wo ist die Bibliothek?", "Où est la bibliothèque ?", "¿Dónde está?"];
        string body = JsonSerializer.Serialize(new { inputs, parameters = new { top_k = 30 } });
        JsonElement raw = (await server.InvokeAsync("raw", body)).Json, prepared = (await server.InvokeAsync("prepared", body)).Json;
        Assert.Equal(3, raw.GetArrayLength());
        for (int text = 0; text < 3; text++)
        {
            Dictionary<string, double> expected = Scores(raw[text]), actual = Scores(prepared[text]);
            Assert.Equal(30, expected.Count);
            foreach ((string label, double score) in expected) Assert.Equal(score, actual[label], 1e-4);
        }

        static Dictionary<string, double> Scores(JsonElement text) => text.EnumerateArray()
            .ToDictionary(label => label.GetProperty("label").GetString()!, label => label.GetProperty("score").GetDouble());
    }

    [Fact]
    public async Task What_cannot_be_prepared_gives_one_clear_line_and_changes_nothing()
    {
        string model = _folder.CopySample("model"), damaged = _folder.CopySample("damaged");
        string unlike = _folder.CopySample("unlike"), bare = _folder.CopySample("bare");
        File.WriteAllBytes(Path.Combine(damaged, "model.onnx"), File.ReadAllBytes(Path.Combine(model, "model.onnx"))[..100_000]);
        // Well-formed, with an operator that does not exist.
        byte[] bytes = File.ReadAllBytes(Path.Combine(model, "model.onnx"));
        bytes.AsSpan(bytes.AsSpan().IndexOf("MatMul"u8), 6).Fill((byte)'X');
        File.WriteAllBytes(Path.Combine(unlike, "model.onnx"), bytes);
        File.Delete(Path.Combine(bare, "config.json"));
        Directory.CreateDirectory(_folder["empty"]);
        Dictionary<string, byte[]> before = Content(_folder.Path);

        await AssertRefusedAsync(1, "does not exist", _folder["nowhere"]);
        await AssertRefusedAsync(1, "is a file", Path.Combine(model, "config.json"));
        await AssertRefusedAsync(1, "contains no .onnx file", _folder["empty"]);
        await AssertRefusedAsync(1, "config.json: it is missing", bare);
        await AssertRefusedAsync(1, "cannot be prepared: it ends within a field", damaged);
        await AssertRefusedAsync(1, "ONNX Runtime cannot load or run the model", unlike);
        await AssertRefusedAsync(1, "ONNX Runtime cannot load or run the model", unlike, "--output", _folder["new"]);
        await AssertRefusedAsync(1, "is not empty", model, "--output", damaged);
        await AssertRefusedAsync(1, "is not empty", model, "--output", model);
        await AssertRefusedAsync(1, "is a file", model, "--output", Path.Combine(model, "config.json"));
        await AssertRefusedAsync(1, "cannot be written to", model, "--output", Path.Combine(model, "config.json", "below"));
        await AssertRefusedAsync(1, "cannot be written to", model, "--output", "/proc/thaw");
        await AssertRefusedAsync(2, "directory is missing");
        await AssertRefusedAsync(2, "'--port'", model, "--port", "1");
        await AssertRefusedAsync(2, "'another'", model, "another");
        await AssertRefusedAsync(2, "--output needs a directory", model, "--output");

        AssertSame(before, Content(_folder.Path));
        Assert.False(Directory.Exists(_folder["new"]));
    }

    [Fact]
    public async Task A_disk_without_room_gives_one_clear_line_and_changes_nothing()
    {
        string model = _folder.CopySample("model");
        Dictionary<string, byte[]> before = Content(model);
        foreach (string output in (string[])["", $" --output {_folder["new"]}"])
        {
            // 2000 blocks of 1024 bytes; the model has 6.5 MB.
            (int exitCode, string text) = await ServerProcess.RunAsync(["bash", "-c", $"ulimit -f 2000; exec {Published.Binary} prepare {model}{output}"]);
            Assert.Equal(1, exitCode);
            Assert.Contains("too large", Assert.Single(text.Trim().Split('\n'), line => line.StartsWith("thaw: ")));
            AssertSame(before, Content(model));
            Assert.False(Directory.Exists(_folder["new"]));
        }
    }

    [Fact]
    public async Task Whenever_it_is_killed_the_model_still_loads_and_the_next_preparation_leaves_nothing_behind()
    {
        string original = _folder.CopySample("original"), model = _folder["model"];
        Prepared.Scatter(Path.Combine(Repository.Sample, "model.onnx"), Path.Combine(original, "model.onnx"), files: 2, smallest: 1000);
        int killed = 0;
        for (int delay = 0; delay < 400; delay += 8)
        {
            if (!Directory.Exists(model)) Copy(original, model);
            using Process process = Process.Start(new ProcessStartInfo(Published.Binary, ["prepare", model]) { RedirectStandardOutput = true })!;
            await Task.Delay(delay);
            if (!process.HasExited) killed++;
            process.Kill();
            await process.WaitForExitAsync();
            AssertAnswersAlike(model);
            if (delay % 40 != 0) continue;
            await PrepareAsync(model);
            AssertAnswersAlike(model);
            IEnumerable<string> expected = Names(Directory.GetFiles(original)).Where(name => !name.StartsWith("weights")).Append("model.onnx.data");
            Assert.Equal(expected.Order(StringComparer.Ordinal), Names(Directory.GetFileSystemEntries(model)));
            Directory.Delete(model, recursive: true);
        }

        Assert.InRange(killed, 5, 50);
    }

    [Fact]
    public async Task An_interrupted_preparation_cleans_up_and_changes_nothing()
    {
        string model = _folder["model"];
        TestModels.ExportedModel.Write(model, BertOptions.Mini);
        long length = new FileInfo(Path.Combine(model, "model.onnx")).Length;
        string[] before = [.. Directory.GetFileSystemEntries(model).Order()];
        var prepare = new ProcessStartInfo(Published.Binary, ["prepare", model]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(prepare)!;
        while (!Directory.Exists(Path.Combine(model, ".thaw-prepare")) && !process.HasExited) await Task.Delay(1);
        Assert.Equal(0, NativeCode.Terminate(process.Id));
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("interrupted", await error);
        Assert.Equal(before, Directory.GetFileSystemEntries(model).Order());
        Assert.Equal(length, new FileInfo(Path.Combine(model, "model.onnx")).Length);
    }

    [Fact]
    public async Task Help_says_what_it_does()
    {
        (int exitCode, string output) = await ServerProcess.RunAsync([Published.Binary, "prepare", "--help"]);
        Assert.Equal(0, exitCode);
        Assert.Contains("Usage: thaw prepare DIR [--output DIR]", output);
        Assert.Contains("thaw prepare DIR", (await ServerProcess.RunAsync([Published.Binary, "--help"])).Output);
    }

    private static async Task<string> PrepareAsync(params string[] arguments)
    {
        (int exitCode, string output) = await ServerProcess.RunAsync([Published.Binary, "prepare", .. arguments]);
        Assert.True(exitCode == 0, output);
        return output;
    }

    private static async Task AssertRefusedAsync(int exitCode, string reason, params string[] arguments)
    {
        (int code, string output) = await ServerProcess.RunAsync([Published.Binary, "prepare", .. arguments]);
        Assert.True(code == exitCode, $"{code}: {output}");
        string line = Assert.Single(output.Trim().Split('\n'), line => line.StartsWith("thaw: "));
        Assert.Contains(reason, line);
    }

    /// <summary>Compares a model with the sample in ONNX Runtime alone: the model as any server would load it, and as this one does.</summary>
    private void AssertAnswersAlike(string directory)
    {
        string path = Path.Combine(directory, "model.onnx");
        using OrtSession expected = OrtSession.Load(runtime.Environment, Path.Combine(Repository.Sample, "model.onnx"), new SessionSettings());
        using OrtSession plain = OrtSession.Load(runtime.Environment, path, new SessionSettings());
        using InPlaceModel? source = InPlaceModel.TryOpen(path, out _);
        using OrtSession? inPlace = source?.TryLoad(runtime.Environment, new SessionSettings { Prepacking = false }, out _);
        float[] wanted = Answer(expected);
        foreach (OrtSession? session in (OrtSession?[])[plain, inPlace])
            Assert.InRange(Answers.Difference(wanted, Answer(Assert.IsType<OrtSession>(session))), 0, 1e-4);

        static float[] Answer(OrtSession session) => Assert.IsType<float[]>(Answers.Of(session, 2, 9, Padding.Right, 1000, 1)[0]);
    }

    private static IEnumerable<string> Names(string[] paths) => paths.Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private static Dictionary<string, byte[]> Content(string directory) =>
        Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .ToDictionary(path => Path.GetRelativePath(directory, path), File.ReadAllBytes);

    private static void AssertSame(Dictionary<string, byte[]> expected, Dictionary<string, byte[]> actual)
    {
        Assert.Equal(expected.Keys, actual.Keys);
        foreach (string name in expected.Keys) Assert.True(expected[name].AsSpan().SequenceEqual(actual[name]), name);
    }
}
