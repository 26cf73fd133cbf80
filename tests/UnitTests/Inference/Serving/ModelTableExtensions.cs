using Thaw.Inference;
using Thaw.Inference.Serving;

namespace Thaw.UnitTests.Inference.Serving;

internal static class ModelTableExtensions
{
    /// <summary>Loads a model and returns its lease immediately.</summary>
    public static async Task<InferenceError?> LoadAndReleaseAsync(this ModelTable<FakeModel> table, string name, string path)
    {
        if (!(await table.LoadAsync(name, path)).TryGet(out ModelLease<FakeModel> lease, out InferenceError? error)) return error;
        lease.Dispose();
        return null;
    }
}
