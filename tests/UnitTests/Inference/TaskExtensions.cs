namespace Thaw.UnitTests.Inference;

/// <summary>Ends a test that would otherwise hang. Durations themselves are never tested.</summary>
internal static class TaskExtensions
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static Task InTime(this Task task) => task.WaitAsync(Patience);

    public static Task<T> InTime<T>(this Task<T> task) => task.WaitAsync(Patience);

    public static Task<T> InTime<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Patience);
}
