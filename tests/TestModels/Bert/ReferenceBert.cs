using Thaw.TestModels.Weights;

namespace Thaw.TestModels.Bert;

/// <summary>
/// The same model computed by plain loops in double precision, without ONNX: every graph is compared
/// with it. Each weight row is computed when it is used, so even BERT-base needs little memory, but it takes seconds.
/// </summary>
public sealed class ReferenceBert
{
    private readonly BertOptions _options;
    private readonly BertWeights _weights;
    private readonly WeightSource _source;

    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    public ReferenceBert(BertOptions options)
    {
        options.Validate();
        _options = options;
        _weights = new BertWeights(options);
        _source = new WeightSource(options.Seed);
    }

    /// <summary>The logits, one per label, of one sequence.</summary>
    /// <param name="ids">Token ids, [sequence].</param>
    /// <param name="mask">1 for a token and 0 for padding, [sequence], with at least one 1.</param>
    /// <param name="types">Token types, [sequence]; null means all 0. Ignored by DistilBERT.</param>
    public float[] Logits(int[] ids, int[] mask, int[]? types = null)
    {
        double[][] hidden = Embed(ids, types);
        foreach (LayerWeights layer in _weights.Layers) hidden = Layer(layer, hidden, mask);
        double[] pooled = Apply(_weights.Pooler, [hidden[0]])[0];
        for (int i = 0; i < pooled.Length; i++)
            pooled[i] = _options.Architecture == BertArchitecture.DistilBert ? Math.Max(pooled[i], 0) : Math.Tanh(pooled[i]);
        return [.. Apply(_weights.Classifier, [pooled])[0].Select(logit => (float)logit)];
    }

    private double[][] Embed(int[] ids, int[]? types)
    {
        double[][] hidden = new double[ids.Length][];
        for (int t = 0; t < ids.Length; t++)
        {
            hidden[t] = new double[_options.HiddenSize];
            AddRow(_weights.Words, ids[t], hidden[t]);
            AddRow(_weights.Positions, t, hidden[t]);
            if (_weights.Types is not null) AddRow(_weights.Types, types?[t] ?? 0, hidden[t]);
        }

        return Normalize(_weights.EmbeddingNorm, hidden);
    }

    private double[][] Layer(LayerWeights layer, double[][] input, int[] mask)
    {
        double[][] context = Attend(
            Apply(layer.Query, input), Apply(layer.Key, input), Apply(layer.Value, input), mask);
        double[][] first = Normalize(layer.AttentionNorm, Sum(Apply(layer.AttentionOutput, context), input));
        double[][] wide = Apply(layer.Intermediate, first);
        foreach (double[] row in wide)
            for (int i = 0; i < row.Length; i++) row[i] = Activate(row[i]);
        return Normalize(layer.OutputNorm, Sum(Apply(layer.Output, wide), first));
    }

    private double[][] Attend(double[][] query, double[][] key, double[][] value, int[] mask)
    {
        int size = _options.HiddenSize / _options.Heads;
        double[][] context = Rows(query.Length, _options.HiddenSize);
        double[] weights = new double[query.Length];
        for (int head = 0; head < _options.Heads; head++)
            for (int t = 0; t < query.Length; t++)
            {
                int from = head * size;
                double largest = double.NegativeInfinity;
                for (int s = 0; s < key.Length; s++)
                {
                    double score = 0;
                    for (int i = from; i < from + size; i++) score += query[t][i] * key[s][i];
                    weights[s] = mask[s] == 0 ? double.NegativeInfinity : score / Math.Sqrt(size);
                    largest = Math.Max(largest, weights[s]);
                }

                double total = 0;
                for (int s = 0; s < key.Length; s++) total += weights[s] = Math.Exp(weights[s] - largest);
                for (int s = 0; s < key.Length; s++)
                    for (int i = from; i < from + size; i++) context[t][i] += weights[s] / total * value[s][i];
            }

        return context;
    }

    private double[][] Apply(Linear linear, double[][] input)
    {
        double[][] output = Rows(input.Length, linear.Outputs);
        float[] bias = _source.Values(linear.Bias);
        float[] row = new float[linear.Inputs];
        for (int o = 0; o < linear.Outputs; o++)
        {
            _source.Fill(linear.Weight, row, (long)o * linear.Inputs);
            for (int t = 0; t < input.Length; t++)
            {
                double sum = bias[o];
                for (int i = 0; i < row.Length; i++) sum += row[i] * input[t][i];
                output[t][o] = sum;
            }
        }

        return output;
    }

    private double[][] Normalize(Norm norm, double[][] input)
    {
        float[] scale = _source.Values(norm.Scale), bias = _source.Values(norm.Bias);
        foreach (double[] row in input)
        {
            double mean = row.Average();
            double variance = row.Average(x => (x - mean) * (x - mean));
            for (int i = 0; i < row.Length; i++)
                row[i] = (row[i] - mean) / Math.Sqrt(variance + Norm.Epsilon) * scale[i] + bias[i];
        }

        return input;
    }

    private double Activate(double x) => _options.Activation == Activation.Gelu
        ? 0.5 * x * (1 + ErrorFunction.Erf(x / Math.Sqrt(2)))
        : 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

    private void AddRow(Weight table, int index, double[] target)
    {
        float[] row = new float[table.Columns];
        _source.Fill(table, row, (long)index * table.Columns);
        for (int i = 0; i < row.Length; i++) target[i] += row[i];
    }

    private static double[][] Sum(double[][] left, double[][] right)
    {
        for (int t = 0; t < left.Length; t++)
            for (int i = 0; i < left[t].Length; i++) left[t][i] += right[t][i];
        return left;
    }

    private static double[][] Rows(int count, int length)
    {
        double[][] rows = new double[count][];
        for (int i = 0; i < count; i++) rows[i] = new double[length];
        return rows;
    }
}
