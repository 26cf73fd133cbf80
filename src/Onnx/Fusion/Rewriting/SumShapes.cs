using Thaw.Onnx.Format;
using Thaw.Onnx.Fusion.Shapes;

namespace Thaw.Onnx.Fusion.Rewriting;

/// <summary>
/// Declares the shapes of sums that are known to have the dimensions of the graph's inputs. ONNX Runtime does not see that a sum of embeddings is as
/// long as the text, so each value after it has an unknown length. Then no two buffers look alike to the planner of a session's memory, and it
/// compares each value with all earlier ones: BERT-base's session took 31 ms of processor time instead of 5.
/// </summary>
internal static class SumShapes
{
    // Texts, tokens and size.
    private const int Rank = 3;

    public static void Declare(OnnxGraph graph, FactTable facts)
    {
        HashSet<string> outputs = [.. graph.Outputs.Select(output => output.Name)];
        Dictionary<string, int> places = [];
        for (int i = 0; i < graph.ValueInfos.Count; i++) places[graph.ValueInfos[i].Name] = i;
        foreach (OnnxNode node in graph.Nodes)
        {
            if (node is not { IsStandard: true, OpType: "Add", Outputs: [var sum] } || outputs.Contains(sum)) continue;
            if (facts[sum] is not { } known || !known.IsFloatOf(Rank)) continue;
            object?[] dims = Array.ConvertAll(known.Shape!, dim => dim.IsConstant ? (object)dim.Factor : facts.Symbols.NameOf(dim));
            if (!Array.TrueForAll(dims, dim => dim is not null)) continue;
            graph.Sums.Add(sum);
            OnnxValue declared = DeclaredType.Of(sum, known.Type, dims!);
            if (places.TryGetValue(sum, out int place)) graph.ValueInfos[place] = declared;
            else graph.ValueInfos.Add(declared);
        }
    }
}
