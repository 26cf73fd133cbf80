using Thaw.Harness;
using Thaw.TestModels.Bert;

namespace Thaw.TestModels;

/// <summary>What the command line asks for.</summary>
internal sealed record CommandLine(string Directory, BertOptions Options)
{
    public const string Help = """
        Writes a directory with a BERT text classification model of random weights, ready to serve.

        usage: dotnet run --project tests/TestModels -- PRESET DIRECTORY [options]

        presets: tiny (1 MB), mini (45 MB), distilbert (268 MB), bert-base (438 MB)

          --fused              fused com.microsoft nodes instead of PyTorch's export
          --mask-lengths       fused only: Attention takes the tokens per row instead of the mask
          --plain-embeddings   fused only: no EmbedLayerNormalization node
          --opset N            14 (default) to 17
          --external-data      large weights in model.onnx_data
          --int32              int32 inputs instead of int64
          --float16            float16 logits instead of float32
          --no-token-types     no input token_type_ids (distilbert never has it)
          --gelu-tanh          the tanh approximation of gelu
          --int8               weights quantized dynamically, one scale a matrix
          --int8-channels      the same, one scale a column
          --labels N           3 by default
          --problem-type NAME  single_label_classification, multi_label_classification or regression, into config.json
          --seed N             1 by default; the same seed gives the same weights in every form

        """;

    /// <exception cref="ArgumentException">What is wrong, and what to give instead.</exception>
    public static CommandLine Parse(string[] arguments)
    {
        if (arguments.Length < 2) throw new ArgumentException("Give a preset and a directory; --help lists the presets and options.");
        if (!BertOptions.Presets.TryGetValue(arguments[0], out BertOptions? options))
            throw new ArgumentException($"Preset '{arguments[0]}' is unknown: give {string.Join(", ", BertOptions.Presets.Keys)}.");
        if (arguments[1].StartsWith('-'))
            throw new ArgumentException($"The directory comes second, before '{arguments[1]}'.");

        var rest = new Arguments(arguments[2..]);
        while (rest.TryNext(out string? option))
        {
            options = option switch
            {
                "--fused" => options with { Style = BertStyle.Fused },
                "--mask-lengths" => options with { FusedMask = FusedMask.Lengths },
                "--plain-embeddings" => options with { FusedEmbeddings = false },
                "--opset" => options with { Opset = rest.Number(option) },
                "--external-data" => options with { ExternalData = true },
                "--int32" => options with { Int32Inputs = true },
                "--float16" => options with { Float16Logits = true },
                "--no-token-types" => options with { TokenTypes = false },
                "--gelu-tanh" => options with { Activation = Activation.GeluTanh },
                "--int8" => options with { Quantization = Quantization.PerTensor },
                "--int8-channels" => options with { Quantization = Quantization.PerChannel },
                "--labels" => options with { Labels = rest.Number(option) },
                "--problem-type" => options with { ProblemType = rest.Value(option) },
                "--seed" => options with { Seed = rest.Number(option) },
                _ => throw new ArgumentException($"Option '{option}' is unknown: --help lists all."),
            };
        }

        if (options.Style == BertStyle.Exported && (options.FusedMask != FusedMask.Raw || !options.FusedEmbeddings))
            throw new ArgumentException("--mask-lengths and --plain-embeddings change a fused graph: add --fused.");
        options.Validate();
        return new CommandLine(arguments[1], options);
    }
}
