using Thaw.Onnx.Format;

namespace Thaw.Onnx.Fusion.Rewriting;

/// <summary>Removes nodes that no output of the graph needs.</summary>
internal static class DeadNodes
{
    /// <param name="nodes">Sorted so that each node comes after the nodes whose outputs it reads.</param>
    public static List<OnnxNode> Remove(List<OnnxNode> nodes, IReadOnlySet<string> outputs)
    {
        HashSet<string> needed = [.. outputs];
        List<OnnxNode> alive = [];
        for (int i = nodes.Count - 1; i >= 0; i--)
        {
            OnnxNode node = nodes[i];
            if (!IsAnyNeeded(node.Outputs)) continue;
            for (int input = 0; input < node.Inputs.Count; input++) needed.Add(node.Inputs[input]);
            alive.Add(node);
        }

        alive.Reverse();
        return alive;

        bool IsAnyNeeded(IReadOnlyList<string> values)
        {
            for (int i = 0; i < values.Count; i++)
            {
                if (needed.Contains(values[i])) return true;
            }

            return false;
        }
    }
}
