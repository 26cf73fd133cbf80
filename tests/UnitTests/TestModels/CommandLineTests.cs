using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.UnitTests.TestModels;

public sealed class CommandLineTests
{
    [Fact]
    public void A_preset_and_a_directory_are_enough()
    {
        CommandLine command = CommandLine.Parse(["bert-base", "models/base"]);
        Assert.Equal("models/base", command.Directory);
        Assert.Equal(BertOptions.BertBase, command.Options);
    }

    [Fact]
    public void Every_option_reaches_the_model()
    {
        CommandLine command = CommandLine.Parse(
        [
            "tiny", "out", "--fused", "--external-data", "--int32", "--float16", "--no-token-types", "--opset", "17", "--labels", "9",
            "--seed", "-4", "--mask-lengths", "--plain-embeddings", "--gelu-tanh", "--problem-type", "regression",
        ]);
        Assert.Equal(
            new BertOptions
            {
                Style = BertStyle.Fused, ExternalData = true, Int32Inputs = true, Float16Logits = true, TokenTypes = false,
                Opset = 17, Labels = 9, Seed = -4, FusedMask = FusedMask.Lengths, FusedEmbeddings = false,
                Activation = Activation.GeluTanh, ProblemType = "regression",
            },
            command.Options);
    }

    [Theory]
    [InlineData("--int8", Quantization.PerTensor)]
    [InlineData("--int8-channels", Quantization.PerChannel)]
    public void Weights_are_quantized_when_asked_for(string option, Quantization quantization) =>
        Assert.Equal(BertOptions.Mini with { Quantization = quantization }, CommandLine.Parse(["mini", "out", option]).Options);

    [Theory]
    [InlineData("", "preset and a directory")]
    [InlineData("tiny", "preset and a directory")]
    [InlineData("huge out", "tiny, mini, distilbert, bert-base")]
    [InlineData("tiny --fused out", "directory comes second")]
    [InlineData("tiny out --fast", "--help")]
    [InlineData("tiny out --labels", "takes a value")]
    [InlineData("tiny out --labels many", "whole number")]
    [InlineData("tiny out --opset 11", "give 14")]
    [InlineData("tiny out --int8 --fused", "leave out the fused style")]
    [InlineData("tiny out --mask-lengths", "add --fused")]
    public void A_mistake_is_answered_with_what_to_do(string line, string advice)
    {
        string[] arguments = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(advice, Assert.Throws<ArgumentException>(() => CommandLine.Parse(arguments)).Message);
    }

    [Fact]
    public void The_help_names_every_preset() =>
        Assert.All(BertOptions.Presets.Keys, preset => Assert.Contains(preset, CommandLine.Help));
}
