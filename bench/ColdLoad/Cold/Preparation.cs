using Thaw.ColdLoad.Models;
using Thaw.Harness;

namespace Thaw.ColdLoad.Cold;

/// <summary>The published binary's <c>prepare</c> command.</summary>
internal static class Preparation
{
    private const string Command = "prepare";

    public static bool IsOffered(Binary binary) => binary.Run("--help").Contains($"thaw {Command} ", StringComparison.Ordinal);

    /// <summary>The prepared model's directory, or null if the binary refuses the model; prints why.</summary>
    public static string? TryMake(Binary binary, ModelStore store, string name, string raw)
    {
        try
        {
            return store.Make($"{name}-prepared", directory => binary.Run(Command, raw, "--output", directory));
        }
        catch (HarnessException exception)
        {
            Console.WriteLine($"{name} cannot be prepared; only the raw model is measured. {exception.Message}");
            return null;
        }
    }
}
