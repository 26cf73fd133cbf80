using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad.Cold;

/// <summary>Prints the results as a table.</summary>
internal static class ColdTable
{
    public static void Print(ColdGroup group)
    {
        string title = Results.Text($"{group.Model}, {group.RawBytes / 1e6:F0} MB, page cache {group.Cache.ToString().ToLowerInvariant()}");
        Console.WriteLine($"\n{title}: medians (quartiles) in ms; memory that the model added, MB\n");
        bool promoted = group.Rows.Any(row => row.Promoted is not null);
        string last = promoted ? $"{"promoted",9}{"private",9}{"mapped",9}" : "";
        Console.WriteLine(
            $"{"",-25}{"load + first answer",21}{"speed-up",9}{"load",9}{"first",9}{"private",9}{"further",9}{"mapped",9}{"warm",9}{last}");
        foreach (ColdRow row in group.Rows)
        {
            // It opens the library beside this program; the other ways open the one beside the binary.
            string way = row.Way == Way.Managed ? $"{row.Way} {row.Library}" : row.Way;
            string together = Results.Text($"{row.Together.Median:F1} ({row.Together.LowerQuartile:F0}-{row.Together.UpperQuartile:F0})");
            string times = Results.Text($"{row.Speedup,9:F1}") + Time(row.Load) + Time(row.First);
            string memory = Memory(row.Private) + Memory(row.PrivateFurther) + Memory(row.Mapped);
            string more = promoted ? Time(row.Promoted) + Memory(row.PrivatePromoted) + Memory(row.MappedPromoted) : "";
            Console.WriteLine($"{way,-25}{together,21}{times}{memory}{Time(row.Warm)}{more}");
        }
    }

    private static string Time(Spread? spread) => spread is null ? $"{"",9}" : Results.Text($"{spread.Median,9:F1}");

    private static string Memory(Spread? spread) => spread is null ? $"{"",9}" : Results.Megabytes((long)spread.Median);
}
