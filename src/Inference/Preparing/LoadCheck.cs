using Thaw.Inference.Architectures;
using Thaw.Inference.Files;
using Thaw.Inference.Layouts;
using Thaw.Inference.Loading;
using Thaw.Inference.Memory;
using Thaw.Inference.Serving;
using Thaw.Onnx.Architectures;
using Thaw.Onnx.Runtime;

namespace Thaw.Inference.Preparing;

/// <summary>Loads a model exactly as the server does, in this process, and unloads it.</summary>
internal static class LoadCheck
{
    /// <returns>Why the server refuses it; null if it does not.</returns>
    public static string? Refuse(OrtEnvironment environment, string directory, ModelSettings settings)
    {
        // What memory is free says nothing about the machine that the model will be served on.
        var budget = new MemoryBudget(long.MaxValue);
        var noLayouts = new Lazy<LayoutStore?>((LayoutStore?)null);
        using var tokenizers = new WorkerPool("thaw-tokenizer", 1);
        using var reads = new WorkerPool("thaw-read", 1);
        using var architectures = new ArchitectureTable(new PlanTable());
        using var promoter = new Promoter(budget, new PromotionRule(0, TimeSpan.Zero), architectures, noLayouts, _ => { });
        var loader = new ModelLoader(
            Task.FromResult(new InferenceRuntime(environment, null)), budget, architectures, noLayouts, promoter, tokenizers, reads, modelRoot: null);
        if (!loader.Load(directory, settings).TryGet(out LoadedModel? model, out InferenceError? refused)) return refused.Message;
        model.Dispose();
        return null;
    }
}
