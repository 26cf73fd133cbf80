using Thaw.ColdLoad.Models;
using Thaw.Harness;

namespace Thaw.ColdLoad.Cold;

/// <summary>The published binary's <c>prepare</c>.</summary>
internal static class Preparation
{
    private const string Command = "prepare";

    public static bool IsOffered(Binary binary) => binary.Run("--help").Contains($"thaw {Command} ", StringComparison.Ordinal);

    /// <summary>The prepared model's directory, or null where the binary refuses the model, with a line that says why.</summary>
    public static string? TryMake(Binary binary, ModelStore store, string name, string raw)
    {
        try
        {
            return store.Make($"{name}-prepared", directory => binary.Run(Command, raw, "--output", directory));
        }
        catch (HarnessException exception)
        {
            Console.WriteLine($"{name} cannot be prepared, and is measured raw only. {exception.Message}");
            return null;
        }
    }
}
