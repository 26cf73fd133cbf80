using Thaw.FunctionalTests.Support;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.FunctionalTests.Contract;

/// <summary>Model directories: good ones in every form, and broken ones, each refused with the file and the reason.</summary>
[Trait("Category", "binary"), Trait("Category", "image")]
public sealed class ModelDirectoryTests(ServerFixture fixture) : IClassFixture<ServerFixture>, IDisposable
{
    private readonly ServerProcess _server = fixture.Server;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_directory_with_one_wrapping_folder_loads()
    {
        _folder.CopySample("outer/inner");
        await AssertLoadsAsync(_folder["outer"]);
    }

    [Fact]
    public async Task A_model_in_a_folder_onnx_below_its_config_loads()
    {
        string directory = _folder.CopySample("m");
        Directory.CreateDirectory(Path.Combine(directory, "onnx"));
        File.Move(Path.Combine(directory, "model.onnx"), Path.Combine(directory, "onnx", "model.onnx"));
        await AssertLoadsAsync(directory);
    }

    [Fact]
    public async Task The_only_onnx_file_loads_under_any_name_and_model_onnx_comes_first()
    {
        string directory = _folder.CopySample("m");
        File.Move(Path.Combine(directory, "model.onnx"), Path.Combine(directory, "exported.onnx"));
        await AssertLoadsAsync(directory);
        File.Copy(Path.Combine(directory, "exported.onnx"), Path.Combine(directory, "model.onnx"));
        await AssertLoadsAsync(directory);
        File.Move(Path.Combine(directory, "model.onnx"), Path.Combine(directory, "other.onnx"));
        await AssertRefusedAsync(directory, "2 .onnx files");
    }

    [Fact]
    public async Task Vocab_txt_or_tokenizer_json_alone_is_enough()
    {
        string directory = _folder.CopySample("m");
        File.Delete(Path.Combine(directory, "tokenizer.json"));
        await AssertLoadsAsync(directory);
        directory = _folder.CopySample("n");
        File.Delete(Path.Combine(directory, "vocab.txt"));
        await AssertLoadsAsync(directory);
    }

    [Theory]
    [InlineData("model.onnx", ".onnx")]
    [InlineData("config.json", "config.json: it is missing")]
    public async Task A_missing_file_is_named(string file, string reason)
    {
        string directory = _folder.CopySample("m");
        File.Delete(Path.Combine(directory, file));
        await AssertRefusedAsync(directory, reason);
    }

    [Fact]
    public async Task A_missing_tokenizer_is_named()
    {
        string directory = _folder.CopySample("m");
        File.Delete(Path.Combine(directory, "vocab.txt"));
        File.Delete(Path.Combine(directory, "tokenizer.json"));
        await AssertRefusedAsync(directory, "tokenizer.json");
    }

    [Theory]
    [InlineData("config.json", "")]
    [InlineData("config.json", "{")]
    [InlineData("config.json", "[]")]
    [InlineData("config.json", """{"id2label":{"0":"only one"}}""")]
    [InlineData("config.json", """{"id2label":{"0":"a","2":"b"}}""")]
    [InlineData("config.json", """{"problem_type":"ranking"}""")]
    [InlineData("tokenizer.json", "")]
    [InlineData("tokenizer.json", "{}")]
    [InlineData("tokenizer.json", """{"model":{"type":"BPE"}}""")]
    [InlineData("model.onnx", "")]
    [InlineData("model.onnx", "not a model")]
    public async Task A_broken_file_is_named(string file, string content)
    {
        string directory = _folder.CopySample("m");
        File.WriteAllText(Path.Combine(directory, file), content);
        await AssertRefusedAsync(directory, file);
    }

    [Fact]
    public async Task Truncated_and_damaged_model_files_are_refused_and_memory_comes_back()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        string directory = _folder.CopySample("m");
        byte[] whole = File.ReadAllBytes(Path.Combine(Repository.Sample, "model.onnx"));
        // The first load and the first refusals bring in code pages and pools, which stay.
        Assert.Equal(200, (await server.LoadAsync("m", Repository.Sample)).Code);
        Assert.Equal(200, (await server.DeleteAsync("m")).Code);
        for (int round = 0; round < 5; round++) await RefuseAsync(whole[..^1]);
        long before = server.Memory.Resident;
        for (int round = 0; round < 20; round++) await RefuseAsync(whole[..(whole.Length * round / 20)]);
        var random = new Random(1);
        for (int round = 0; round < 20; round++)
        {
            // Damage in the graph, not in the weights: any value is a valid weight.
            byte[] damaged = [.. whole];
            for (int i = 0; i < 50; i++) damaged[^random.Next(1, 30_000)] = (byte)random.Next(256);
            File.WriteAllBytes(Path.Combine(directory, "model.onnx"), damaged);
            Answer answer = await server.LoadAsync("m", directory);
            Assert.True(answer.Code is 200 or 400, answer.Body);
            if (answer.Code == 200) await server.DeleteAsync("m");
        }

        Assert.InRange(server.Memory.Resident, 0, before * 1.1);
        Assert.Equal(200, (await server.LoadAsync("good", Repository.Sample)).Code);

        async Task RefuseAsync(byte[] content)
        {
            File.WriteAllBytes(Path.Combine(directory, "model.onnx"), content);
            Answer answer = await server.LoadAsync("m", directory);
            Assert.Equal(400, answer.Code);
            Assert.Contains("model.onnx", answer.Error);
        }
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.onnx")]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer_config.json")]
    public async Task A_pipe_in_place_of_a_file_is_refused_and_blocks_nothing(string file)
    {
        string directory = _folder.CopySample("m");
        File.Delete(Path.Combine(directory, file));
        NativeCode.MakePipe(Path.Combine(directory, file));
        await AssertRefusedAsync(directory, file);
        await AssertLoadsAsync(Repository.Sample);
    }

    [Fact]
    public async Task More_labels_than_any_model_has_are_refused()
    {
        ExportedModel.Write(_folder["m"], BertOptions.Tiny with { HiddenSize = 4, Labels = 100_001 });
        await AssertRefusedAsync(_folder["m"], "from 1 to 100000");
    }

    [Fact]
    public async Task A_model_root_restricts_loads_to_itself()
    {
        string inside = _folder.CopySample("root/m");
        File.CreateSymbolicLink(_folder["root/link"], Repository.Sample);
        await using ServerProcess server = await ServerProcess.StartAsync(new Dictionary<string, string> { ["THAW_MODEL_ROOT"] = _folder["root"] });
        Assert.Equal(200, (await server.LoadAsync("m", inside)).Code);
        Assert.Equal(400, (await server.LoadAsync("n", Repository.Sample)).Code);
        Assert.Equal(400, (await server.LoadAsync("n", _folder["root/../root/link"])).Code);
    }

    [Fact]
    public async Task Every_form_of_exported_model_answers_over_http()
    {
        BertOptions[] forms =
        [
            BertOptions.Tiny, BertOptions.Tiny with { ExternalData = true }, BertOptions.Tiny with { TokenTypes = false },
            BertOptions.Tiny with { Int32Inputs = true },
            BertOptions.Tiny with { Float16Logits = true }, BertOptions.Tiny with { Style = BertStyle.Fused }, BertOptions.Tiny with { Opset = 17 },
            BertOptions.TinyDistilBert,
        ];
        foreach (BertOptions form in forms)
        {
            string directory = _folder[form.Name];
            ExportedModel.Write(directory, form);
            string name = fixture.NewName();
            Answer load = await _server.LoadAsync(name, directory);
            Assert.True(load.Code == 200, form.Name + load.Body);
            Answer answer = await _server.InvokeAsync(name, """{"inputs":["a small text","another, longer text"],"parameters":{"top_k":null}}""");
            Assert.Equal(200, answer.Code);
            Assert.Equal(form.Labels, answer.Json[1].GetArrayLength());
            await _server.DeleteAsync(name);
        }
    }

    private async Task AssertLoadsAsync(string directory)
    {
        string name = fixture.NewName();
        Answer answer = await _server.LoadAsync(name, directory);
        Assert.True(answer.Code == 200, answer.Body);
        answer = await _server.InvokeAsync(name, """{"inputs":"Wo ist die Bibliothek?"}""");
        Assert.Equal("de", answer.Json[0].GetProperty("label").GetString());
    }

    private async Task AssertRefusedAsync(string directory, string reason)
    {
        string name = fixture.NewName();
        Answer answer = await _server.LoadAsync(name, directory);
        Assert.Equal(400, answer.Code);
        Assert.Contains(reason, answer.Error);
        Assert.Equal(404, (await _server.GetAsync($"/models/{name}")).Code);
    }
}
