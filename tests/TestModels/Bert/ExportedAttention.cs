using Thaw.TestModels.Format;
using Thaw.TestModels.Weights;

namespace Thaw.TestModels.Bert;

/// <summary>
/// Eager attention as the TorchScript exporter writes it: every view() becomes Shape, Gather, Unsqueeze, Concat and
/// Reshape, because batch and sequence are dynamic.
/// </summary>
internal sealed class ExportedAttention(BertOptions options, TorchGraph torch, Func<Linear, string> transposed)
{
    private static readonly long[] SwapHeads = [0, 2, 1, 3];
    private static readonly long[] SwapHeadsTransposed = [0, 2, 3, 1];

    private string? _isPadding;

    private int HeadSize => options.HiddenSize / options.Heads;

    /// <summary>BertSelfAttention and BertSelfOutput.dense; the mask is additive, float [batch, 1, 1, sequence].</summary>
    public string Bert(LayerWeights layer, string input, string mask)
    {
        string scope = TorchGraph.Scope($"{layer.Module}.attention.self");
        string query = torch.Dense(layer.Query, input, transposed(layer.Query));
        string key = BertHeads(scope, torch.Dense(layer.Key, input, transposed(layer.Key)));
        string value = BertHeads(scope, torch.Dense(layer.Value, input, transposed(layer.Value)));
        string values = torch.Add(scope, "Transpose", [value], ("perm", SwapHeads));
        string queries = torch.Add(scope, "Transpose", [BertHeads(scope, query)], ("perm", SwapHeads));
        // transpose(-1, -2) after the swap of heads: the exporter's peephole pass merges the two into one Transpose.
        string keys = torch.Add(scope, "Transpose", [key], ("perm", SwapHeadsTransposed));
        string scores = torch.Add(scope, "MatMul", [queries, keys]);
        string scaled = torch.Add(scope, "Div", [scores, torch.Constant(scope, SmallTensor.Scalar(MathF.Sqrt(HeadSize)))]);
        string masked = torch.Add(scope, "Add", [scaled, mask]);
        string context = Context(scope, masked, values);
        string batch = torch.Size(scope, context, 0);
        string length = torch.Size(scope, context, 1);
        string joined = Reshape(scope, context, [torch.Element(scope, batch), torch.Element(scope, length)], options.HiddenSize);
        return torch.Dense(layer.AttentionOutput, joined, transposed(layer.AttentionOutput));
    }

    /// <summary>MultiHeadSelfAttention; the mask is the graph's input, and scores are overwritten where it is 0.</summary>
    public string DistilBert(LayerWeights layer, string input, string mask)
    {
        string scope = TorchGraph.Scope($"{layer.Module}.attention");
        string batch = torch.Size(scope, input, 0);
        string length = torch.Size(scope, input, 1);
        string query = DistilHeads(scope, batch, torch.Dense(layer.Query, input, transposed(layer.Query)));
        string queries = torch.Add(scope, "Transpose", [query], ("perm", SwapHeads));
        string key = DistilHeads(scope, batch, torch.Dense(layer.Key, input, transposed(layer.Key)));
        string value = DistilHeads(scope, batch, torch.Dense(layer.Value, input, transposed(layer.Value)));
        string values = torch.Add(scope, "Transpose", [value], ("perm", SwapHeads));
        string scaled = torch.Add(scope, "Div", [queries, torch.Constant(scope, SmallTensor.Scalar(MathF.Sqrt(HeadSize)))]);
        string keys = torch.Add(scope, "Transpose", [key], ("perm", SwapHeadsTransposed));
        string scores = torch.Add(scope, "MatMul", [scaled, keys]);
        string context = Context(scope, Fill(scope, scores, mask, batch, length), values);
        string joined = Reshape(scope, context, [torch.Element(scope, batch), torch.Constant(scope, SmallTensor.Vector(-1L))], options.HiddenSize);
        return torch.Dense(layer.AttentionOutput, joined, transposed(layer.AttentionOutput));
    }

    private string Context(string scope, string scores, string values)
    {
        string weights = torch.Add(scope, "Softmax", [scores], ("axis", -1L));
        string heads = torch.Add(scope, "MatMul", [weights, values]);
        return torch.Add(scope, "Transpose", [heads], ("perm", SwapHeads));
    }

    /// <summary>transpose_for_scores: view(x.size()[:-1] + (heads, head size)).</summary>
    private string BertHeads(string scope, string value)
    {
        string batch = torch.Size(scope, value, 0);
        string length = torch.Size(scope, value, 1);
        return Reshape(scope, value, [torch.Element(scope, batch), torch.Element(scope, length)], options.Heads, HeadSize);
    }

    /// <summary>view(batch, -1, heads, head size).</summary>
    private string DistilHeads(string scope, string batch, string value)
    {
        string[] sizes = [torch.Element(scope, batch), torch.Constant(scope, SmallTensor.Vector(-1L))];
        return Reshape(scope, value, sizes, options.Heads, HeadSize);
    }

    /// <summary>scores.masked_fill((mask == 0).view(batch, 1, 1, length).expand_as(scores), smallest float).</summary>
    private string Fill(string scope, string scores, string mask, string batch, string length)
    {
        // The same in each layer, so common subexpression elimination keeps only the first one.
        SmallTensor zero = options.Int32Inputs ? SmallTensor.Scalar(0) : SmallTensor.Scalar(0L);
        _isPadding ??= torch.Add(scope, "Equal", [mask, torch.Constant(scope, zero)]);
        string rows = torch.Element(scope, batch);
        string one = torch.Constant(scope, SmallTensor.Vector(1L));
        string alsoOne = torch.Constant(scope, SmallTensor.Vector(1L));
        string shape = torch.Add(scope, "Concat", [rows, one, alsoOne, torch.Element(scope, length)], ("axis", 0L));
        string view = torch.Add(scope, "Reshape", [_isPadding, shape], ("allowzero", 0L));
        string whole = torch.Add(scope, "Expand", [view, torch.Add(scope, "Shape", [scores])]);
        string condition = torch.Add(scope, "Cast", [whole], ("to", (long)OnnxType.Bool));
        return torch.Add(scope, "Where", [condition, torch.Constant(scope, SmallTensor.Scalar(float.MinValue)), scores]);
    }

    private string Reshape(string scope, string value, string[] leading, params long[] sizes)
    {
        string[] constants = [.. sizes.Select(size => torch.Constant(scope, SmallTensor.Vector(size)))];
        string shape = torch.Add(scope, "Concat", [.. leading, .. constants], ("axis", 0L));
        return torch.Add(scope, "Reshape", [value, shape], ("allowzero", 0L));
    }
}
