using Thaw.TestModels.Weights;

namespace Thaw.TestModels.Bert;

/// <summary>The parameters of one transformer layer.</summary>
internal sealed record LayerWeights(
    string Module, Linear Query, Linear Key, Linear Value, Linear AttentionOutput, Norm AttentionNorm,
    Linear Intermediate, Linear Output, Norm OutputNorm)
{
    public static LayerWeights Bert(string module, int hidden, int feedForward) => new(
        module,
        new Linear($"{module}.attention.self.query", hidden, hidden),
        new Linear($"{module}.attention.self.key", hidden, hidden),
        new Linear($"{module}.attention.self.value", hidden, hidden),
        new Linear($"{module}.attention.output.dense", hidden, hidden),
        new Norm($"{module}.attention.output.LayerNorm", hidden),
        new Linear($"{module}.intermediate.dense", hidden, feedForward),
        new Linear($"{module}.output.dense", feedForward, hidden),
        new Norm($"{module}.output.LayerNorm", hidden));

    public static LayerWeights DistilBert(string module, int hidden, int feedForward) => new(
        module,
        new Linear($"{module}.attention.q_lin", hidden, hidden),
        new Linear($"{module}.attention.k_lin", hidden, hidden),
        new Linear($"{module}.attention.v_lin", hidden, hidden),
        new Linear($"{module}.attention.out_lin", hidden, hidden),
        new Norm($"{module}.sa_layer_norm", hidden),
        new Linear($"{module}.ffn.lin1", hidden, feedForward),
        new Linear($"{module}.ffn.lin2", feedForward, hidden),
        new Norm($"{module}.output_layer_norm", hidden));
}
