using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Thaw.Harness;

/// <summary>A command line, read word by word.</summary>
public sealed class Arguments(IEnumerable<string> words)
{
    private readonly Queue<string> _rest = new(words);

    public bool TryNext([NotNullWhen(true)] out string? word) => _rest.TryDequeue(out word);

    /// <summary>The word after an option.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public string Value(string option) => TryNext(out string? value) ? value : throw new ArgumentException($"{option} takes a value.");

    /// <summary>The whole number after an option.</summary>
    /// <exception cref="ArgumentException">There is none, or it is out of range.</exception>
    public int Number(string option, int least = int.MinValue, int most = int.MaxValue)
    {
        if (int.TryParse(Value(option), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
            return number;
        string range = (least, most) switch
        {
            (int.MinValue, _) => "",
            (_, int.MaxValue) => $" from {least} upwards",
            _ => $" from {least} to {most}",
        };
        throw new ArgumentException($"{option} takes a whole number{range}.");
    }
}
