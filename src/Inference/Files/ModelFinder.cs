using Thaw.Onnx.Linux;
using Thaw.Tokenizers.Files;

namespace Thaw.Inference.Files;

/// <summary>
/// Finds a model's files in a directory as people hand it over: the model beside its config, in onnx/, in a version's folder of a Triton
/// repository, all of it in one or two wrapping folders, and the tokenizer in a folder of its own. What is ambiguous is refused by name.
/// </summary>
/// <param name="given">The path as the caller gave it, for messages.</param>
/// <param name="root">Directory that must contain all files once links are resolved; null to allow any.</param>
/// <param name="asked">Settings that count before those of the model's own file.</param>
internal sealed class ModelFinder(string given, string? root, ModelSettings asked)
{
    private const string OnnxFolder = "onnx";
    private const string DefaultName = "model.onnx";
    private const string TritonConfig = "config.pbtxt";

    // An archive made by hand often contains a folder with the files in it, and the name of that may be the only thing in another one.
    private const int MostWrappings = 2;

    // A search ends at the second model, so only folders without any can be this many.
    private const int MostFolders = 100;

    private readonly List<string> _looked = [];

    // Why a folder that may have the model was left out.
    private InferenceError? _leftOut;

    /// <param name="path">The real path of the directory.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public Result<ModelDirectory> Find(string path)
    {
        Folder top = Folder.List(path, parent: null);
        List<Folder> found = Search(top, wrappings: 0);
        if (found.Count == 1) return Describe(found[0]);
        if (found.Count == 0) return _leftOut ?? NoModel(top);
        return Invalid($"'{given}' contains models in the folders {List(found.Select(folder => Relative(top, folder.Path)))}. Give the path of one of them.");
    }

    /// <summary>The folders with ONNX files in or below a folder, at most two.</summary>
    private List<Folder> Search(Folder folder, int wrappings)
    {
        if (folder.Models.Any()) return [folder];
        // Repositories for several frameworks keep the ONNX model in a subfolder, below the config and the tokenizer.
        if (folder.Folders.Contains(OnnxFolder) && TryEnter(folder, OnnxFolder) is { } onnx && onnx.Models.Any()) return [onnx];
        if (folder.Has(TritonConfig) && folder.Folders.Where(IsVersion).MaxBy(long.Parse) is { } version) return SearchVersion(folder, version);
        List<Folder> found = [];
        if (wrappings == MostWrappings) return found;
        foreach (string name in folder.Folders.Where(IsContent))
        {
            if (TryEnter(folder, name) is { } inner) found.AddRange(Search(inner, wrappings + 1));
            if (found.Count > 1) break;
        }

        return found;
    }

    /// <summary>Only the highest version counts, as in Triton, which would not serve another one in its place.</summary>
    private List<Folder> SearchVersion(Folder repository, string version)
    {
        // A model with external data is in a folder that is named model.onnx.
        List<Folder> found = TryEnter(repository, version) is { } folder ? Search(folder, MostWrappings - 1) : [];
        if (found.Count == 0) _leftOut ??= Invalid($"'{Path.Combine(repository.Path, version)}' is the highest version and contains no .onnx file.");
        return found;
    }

    /// <summary>Lists a folder; null if it may not be read, is not allowed, or too many were listed.</summary>
    private Folder? TryEnter(Folder around, string name)
    {
        string path = Path.Combine(around.Path, name);
        if (_looked.Count == MostFolders)
        {
            _leftOut ??= Invalid($"'{given}' contains more than {MostFolders} folders. Give the path of the model's own directory.");
            return null;
        }

        try
        {
            if (ModelDirectory.RefusePlace(path, NativeFile.RealPath(path), root) is { } refused)
            {
                _leftOut ??= refused;
                return null;
            }

            _looked.Add(path);
            return Folder.List(path, around);
        }
        catch (Exception exception) when (ModelDirectory.IsUnreadable(exception))
        {
            _leftOut ??= Invalid($"'{path}': {(exception is UnauthorizedAccessException ? NativeFile.NoPermission + "." : exception.Message)}");
            return null;
        }
    }

    private Result<ModelDirectory> Describe(Folder folder)
    {
        Folder? spoken = folder.Around.FirstOrDefault(around => around.Has(ModelSettings.FileName));
        if (spoken is not null && Confine(spoken, ModelSettings.FileName) is { } outside) return outside;
        ModelSettings? settings = new();
        if (spoken is not null && !ModelSettings.Read(spoken.Path).TryGet(out settings, out InferenceError? broken)) return broken;
        settings = settings with { Variant = asked.Variant ?? settings.Variant };
        if (!Choose(folder, settings.Variant).TryGet(out (Folder Folder, string Name) model, out InferenceError? unclear)) return unclear;

        if (Locate(model.Folder, folder => folder.Has(ModelConfig.FileName), ModelConfig.FileName, out Folder? config) is { } twoConfigs) return twoConfigs;
        if (config is null) return NoConfig(model.Folder);
        if (Locate(model.Folder, HasTokenizer, "the tokenizer", out Folder? tokenizer) is { } twoTokenizers) return twoTokenizers;
        tokenizer ??= config;
        Folder[] used = [model.Folder, config, tokenizer, spoken ?? config];
        foreach (Folder each in used.Distinct())
        {
            foreach (string file in each.Files)
            {
                if (Confine(each, file) is { } refused) return refused;
            }
        }

        return new ModelDirectory(config.Path, Path.Combine(model.Folder.Path, model.Name))
        {
            TokenizerPath = tokenizer.Path,
            Root = model.Folder.Around.First(around => used.All(each => ModelDirectory.IsWithin(each.Path, around.Path))).Path,
            Settings = settings,
        };
    }

    /// <summary>The ONNX file to serve, of those in a folder and in onnx/ below it.</summary>
    private Result<(Folder Folder, string Name)> Choose(Folder folder, string? variant)
    {
        string[] models = [.. folder.Models];
        if (variant is null)
        {
            if (models.Length == 1) return (folder, models[0]);
            if (models.Contains(DefaultName)) return (folder, DefaultName);
            return Invalid(
                $"'{folder.Path}' contains {models.Length} .onnx files ({List(models)}) and none is named {DefaultName}. "
                + $"Say which one to serve: load it with a variant, or name it in {ModelSettings.FileName}, such as {{\"variant\": \"{models[0]}\"}}.");
        }

        Folder?[] folders = [folder, folder.Folders.Contains(OnnxFolder) ? TryEnter(folder, OnnxFolder) : null];
        foreach (Folder each in folders.OfType<Folder>())
        {
            string[] matches = [.. each.Models.Where(name => ModelDirectory.IsVariant(name, variant))];
            if (matches.Length == 1) return (each, matches[0]);
            if (matches.Length > 1) return Invalid($"Both {List(matches)} may be the variant '{variant}'. Give the name of the file.");
        }

        IEnumerable<string> all = folders.OfType<Folder>().SelectMany(each => each.Models).Distinct();
        return Invalid(
            $"'{folder.Path}' has no variant '{variant}'; it has {List(all)}. "
            + "Give the name of one of these, or what its name says, such as quantized for model_quantized.onnx.");
    }

    /// <summary>Finds the nearest folder that has something: the model's own, one of those around it, or the only one beside these.</summary>
    /// <param name="found">Null if there is none.</param>
    /// <returns>Why it is not clear which one is meant.</returns>
    private InferenceError? Locate(Folder model, Func<Folder, bool> has, string what, out Folder? found)
    {
        found = model.Around.FirstOrDefault(has);
        foreach (Folder around in model.Around)
        {
            if (found is not null) break;
            Folder[] beside = [.. around.Folders.Where(IsBeside).Select(name => TryEnter(around, name)).OfType<Folder>().Where(has)];
            if (beside.Length > 1)
                return Invalid($"{what} is in several folders of '{around.Path}': {List(beside.Select(folder => folder.Name))}. Keep one of them.");
            found = beside.FirstOrDefault();
        }

        return null;
    }

    /// <summary>Refuses links to places where models are not allowed, special files, and a model file that is a broken link.</summary>
    private InferenceError? Confine(Folder folder, string name)
    {
        string path = Path.Combine(folder.Path, name), real = path;
        if (folder.Links.Contains(name))
        {
            real = NativeFile.RealPath(path);
            if (ModelDirectory.RefusePlace(path, real, root) is { } elsewhere) return elsewhere;
        }

        if (NativeFile.IsSpecial(real)) return Invalid($"'{path}' is a pipe, a socket or a device. Give a directory of regular files.");
        bool isBroken = real != path && name.EndsWith(".onnx", StringComparison.Ordinal) && !File.Exists(real);
        return isBroken ? Invalid($"'{path}' is a link to '{real}', which does not exist.") : null;
    }

    private static bool HasTokenizer(Folder folder) => TokenizerFiles.Alternatives.Any(folder.Has);

    private static bool IsVersion(string name) => name.All(char.IsAsciiDigit) && name[0] != '0' && long.TryParse(name, out _);

    // Archives made on a Mac contain __MACOSX; those of SageMaker have scripts in code/.
    private static bool IsContent(string name) => name != "code" && !name.StartsWith("__", StringComparison.Ordinal);

    // Other versions of a model begin with a digit, and so do parts of sentence-transformers: 1_Pooling has a config.json of another kind. Only
    // 0_Transformer has the model's own.
    private static bool IsBeside(string name) => IsContent(name) && (name == "0_Transformer" || !char.IsAsciiDigit(name[0]));

    private InferenceError NoModel(Folder top)
    {
        string folders = _looked.Count == 0 ? "" : $", and neither do the folders in it ({List(_looked.Select(path => Relative(top, path)))})";
        string files = top.Files.Count == 0 ? "" : $" It has {List(top.Files)}.";
        return Invalid(
            $"'{given}' contains no .onnx file{folders}.{files} "
            + "It must contain model.onnx, config.json and tokenizer.json or vocab.txt, as optimum-cli export onnx writes them.");
    }

    private InferenceError NoConfig(Folder model)
    {
        IEnumerable<string> looked = model.Around.Select(folder => folder.Path).Reverse().Union(_looked);
        string leftOut = _leftOut is null ? "" : $" One folder was left out: {_leftOut.Message}";
        return new InferenceError(
            _leftOut?.Kind ?? InferenceErrorKind.InvalidModel,
            $"{ModelConfig.FileName}: it is missing; it names the architecture and the labels. "
            + $"The model is in '{model.Path}'; looked for it in {List(looked.Select(path => $"'{path}'"))}. Copy it beside the model.{leftOut}");
    }

    private static string Relative(Folder top, string path) => Path.GetRelativePath(top.Path, path);

    private static string List(IEnumerable<string> names)
    {
        const int Most = 5;
        string[] all = [.. names];
        return string.Join(", ", all.Take(Most)) + (all.Length > Most ? $" and {all.Length - Most} more" : "");
    }

    private static InferenceError Invalid(string message) => new(InferenceErrorKind.InvalidModel, message);
}
