using Thaw.Inference.Files;
using Thaw.TestModels;

namespace Thaw.FunctionalTests.InProcess.Combinations;

/// <summary>A random layout of a model's files.</summary>
internal sealed class FolderForm
{
    /// <summary>Folders of the ONNX file, the config and the tokenizer.</summary>
    private static readonly (string Model, string Config, string Tokenizer)[] Places =
    [
        ("", "", ""), ("", "", ""), ("onnx", "", ""), ("onnx", "onnx", "onnx"), ("", "", "tokenizer"), ("model", "model", "tokenizer"), ("1", "", ""),
        ("12", "12", "12"), ("weights", "lock", "lock"),
    ];

    private readonly string _wrapping, _name;
    private readonly (string Model, string Config, string Tokenizer) _place;
    private readonly string[] _more;
    private readonly string? _variant;
    private readonly bool _hasTokenizerConfig, _namesVariantInFile;

    public FolderForm(Random random)
    {
        _wrapping = random.Next(12) switch { 0 => "a/b/c", 1 => "a/b", 2 or 3 => "a", _ => "" };
        _place = Places[random.Next(Places.Length)];
        _hasTokenizerConfig = random.Next(3) > 0;
        List<string> more = [];
        if (_place.Model is "1" or "12") more.Add("config.pbtxt");
        foreach (string file in (string[])["readme.txt", "code/inference.py", "__MACOSX/._a", "._a", ".git/config", "model.safetensors"])
        {
            if (random.Next(6) == 0) more.Add(file);
        }

        _more = [.. more];
        _name = random.Next(4) switch { 0 => "model_quantized.onnx", 1 => "bert.onnx", _ => ExportedModel.ModelName };
        // There is another model beside it.
        _variant = random.Next(5) > 0 ? null : _name switch { "model_quantized.onnx" => "quantized", "bert.onnx" => "bert", _ => "" };
        _namesVariantInFile = random.Next(2) == 0;
    }

    /// <summary>What the load must say.</summary>
    public ModelSettings Settings => new() { Variant = _variant is { Length: > 0 } && !_namesVariantInFile ? _variant : null };

    /// <summary>Copies a model's files.</summary>
    /// <param name="decoy">The ONNX file of another model.</param>
    public void Arrange(string from, string decoy, string config, string target)
    {
        foreach (string path in Directory.GetFiles(from))
        {
            string name = Path.GetFileName(path);
            if (name.StartsWith(ExportedModel.ModelName, StringComparison.Ordinal))
                Copy(path, _place.Model, name == ExportedModel.ModelName ? _name : name);
            else if (name == "vocab.txt" || _hasTokenizerConfig && name != "config.json")
                Copy(path, _place.Tokenizer, name);
        }

        Write(_place.Config, "config.json", config);
        foreach (string file in _more) Write("", file, "");
        if (_variant is null) return;
        Copy(decoy, _place.Model, _variant.Length == 0 ? "model_other.onnx" : ExportedModel.ModelName);
        if (_variant.Length > 0 && _namesVariantInFile) Write(_place.Model, ModelSettings.FileName, $"{{\"variant\": \"{_variant}\"}}");

        string Place(string folder, string name)
        {
            string path = Path.Combine(target, _wrapping, folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return path;
        }

        void Copy(string path, string folder, string name) => File.Copy(path, Place(folder, name));

        void Write(string folder, string name, string text) => File.WriteAllText(Place(folder, name), text);
    }

    public override string ToString() =>
        $"'{_wrapping}' {_place} {_name} variant '{_variant}' {(_hasTokenizerConfig ? "" : "vocab.txt alone ")}+ {string.Join(' ', _more)}";
}
