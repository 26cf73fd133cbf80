using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using Thaw.FunctionalTests.Support;
using Thaw.TestModels;

namespace Thaw.FunctionalTests.SageMaker;

/// <summary>deploy/sagemaker: the script's calls fit the services, and its policies allow them.</summary>
[Trait("Category", "binary")]
public sealed class DeployTests : IDisposable
{
    private static readonly string Folder = Path.Combine(Repository.Root, "deploy", "sagemaker");

    private static readonly string Script = Path.Combine(Folder, "deploy.py");

    private static readonly string[] Settings =
    [
        "--bucket", "bucket", "--image", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/thaw:1", "--role", "arn:aws:iam::123456789012:role/thaw-execution",
        "--region", "eu-west-1", "--cache", "Disabled", "--env", "THAW_THREADS=4",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [PythonFact]
    public async Task A_dry_run_prints_every_call_and_makes_none()
    {
        List<JsonElement> calls = await DryRunAsync();
        Assert.Equal(
            [
                "put_object", "put_object", "create_model", "create_endpoint_config", "create_endpoint", "invoke_endpoint", "invoke_endpoint",
                "invoke_endpoint",
                "invoke_endpoint", "delete_endpoint", "delete_endpoint_config", "delete_model", "delete_object", "delete_object",
            ],
            calls.Select(Operation));
        JsonElement container = calls[2].GetProperty("parameters").GetProperty("PrimaryContainer");
        Assert.Equal("MultiModel", container.GetProperty("Mode").GetString());
        Assert.Equal("s3://bucket/thaw/models/", container.GetProperty("ModelDataUrl").GetString());
        Assert.Equal("Disabled", container.GetProperty("MultiModelConfig").GetProperty("ModelCacheSetting").GetString());
        Assert.Equal("4", container.GetProperty("Environment").GetProperty("THAW_THREADS").GetString());
        Assert.Equal(
            ["one.tar.gz", "one.tar.gz", "two.tar.gz", "two.tar.gz"],
            calls.Where(call => Operation(call) == "invoke_endpoint").Select(call => call.GetProperty("parameters").GetProperty("TargetModel").GetString()));
    }

    [PythonFact(boto3: true)]
    public async Task Every_call_fits_the_services_own_models()
    {
        foreach (string name in (string[])["one", "two"]) _folder.CopySample(name);
        string stubbed = Path.Combine(Repository.Root, "tests", "FunctionalTests", "SageMaker", "stubbed.py");
        (int exitCode, string output) = await ServerProcess.RunAsync(
            [Python.Command, stubbed, Script, "package", "create", "invoke", "delete", .. Settings, _folder["one"], _folder["two"]]);
        Assert.True(exitCode == 0, output);
        Assert.Equal(4, output.Split('\n').Count(line => line.StartsWith("""[{"label":""", StringComparison.Ordinal)));
    }

    [PythonFact(boto3: true)]
    public async Task A_call_that_does_not_fit_is_reported()
    {
        foreach (string name in (string[])["one", "two"]) _folder.CopySample(name);
        string broken = _folder["deploy.py"];
        File.WriteAllText(broken, File.ReadAllText(Script).Replace("\"ModelCacheSetting\"", "\"ModelCaching\""));
        string stubbed = Path.Combine(Repository.Root, "tests", "FunctionalTests", "SageMaker", "stubbed.py");
        (int exitCode, string output) = await ServerProcess.RunAsync(
            [Python.Command, stubbed, broken, "package", "create", "invoke", "delete", .. Settings, _folder["one"], _folder["two"]]);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("Unknown parameter in PrimaryContainer.MultiModelConfig: \"ModelCaching\"", output);
    }

    [PythonFact]
    public async Task A_model_that_the_script_packed_serves_once_it_is_unpacked()
    {
        string sample = _folder.CopySample("one");
        string archive = _folder["one.tar.gz"];
        string program = "import sys, types; sys.dont_write_bytecode = True; sys.path.insert(0, sys.argv[1]); import deploy; " +
            "deploy.package(types.SimpleNamespace(thaw=sys.argv[4]), sys.argv[2], sys.argv[3])";
        (int exitCode, string output) = await ServerProcess.RunAsync([Python.Command, "-c", program, Folder, sample, archive, Published.Binary]);
        Assert.True(exitCode == 0, output);
        string unpacked = Directory.CreateDirectory(_folder["unpacked"]).FullName;
        using (FileStream file = File.OpenRead(archive))
        {
            using var gzip = new GZipStream(file, CompressionMode.Decompress);
            TarFile.ExtractToDirectory(gzip, unpacked, overwriteFiles: false);
        }

        await using ServerProcess server = await ServerProcess.StartAsync();
        Answer loaded = await server.LoadAsync("one", unpacked);
        Assert.True(loaded.Code == 200, loaded.Body);
        Assert.Equal("fr", (await server.InvokeAsync("one", """{"inputs":"Où est la bibliothèque ?"}""")).Json[0].GetProperty("label").GetString());
    }

    [PythonFact]
    public async Task The_callers_policy_allows_every_call()
    {
        using JsonDocument policy = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "caller-policy.json")));
        string[] allowed = [.. policy.RootElement.GetProperty("Statement").EnumerateArray().SelectMany(Actions)];
        foreach (JsonElement call in await DryRunAsync())
        {
            string service = call.GetProperty("service").GetString()!.Replace("-runtime", "");
            string action = service + ":" + string.Concat(Operation(call).Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
            Assert.Contains(action, allowed);
        }
    }

    private static IEnumerable<string> Actions(JsonElement statement)
    {
        JsonElement action = statement.GetProperty("Action");
        return action.ValueKind == JsonValueKind.String ? [action.GetString()!] : action.EnumerateArray().Select(one => one.GetString()!);
    }

    private static async Task<List<JsonElement>> DryRunAsync()
    {
        (int exitCode, string output) = await ServerProcess.RunAsync(
            [Python.Command, Script, "package", "create", "invoke", "delete", "--dry-run", .. Settings, "one", "two"]);
        Assert.True(exitCode == 0, output);
        return [.. output.Trim().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static string Operation(JsonElement call) => call.GetProperty("operation").GetString()!;
}
