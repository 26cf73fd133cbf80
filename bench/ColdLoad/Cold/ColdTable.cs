using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad.Cold;

/// <summary>Prints the results as tables: the first model of a process, the second and the hundredth.</summary>
internal static class ColdTable
{
    public static void Print(ColdGroup group)
    {
        string title = Results.Text($"{group.Model}, {group.RawBytes / 1e6:F0} MB, page cache {group.Cache.ToString().ToLowerInvariant()}");
        Print($"{title}, first model", group.Rows);
        Print($"{title}, second model of its architecture", group.Rows.Select(row => row.Second));
        Print($"{title}, hundredth model of its architecture, compared with a plain second", group.Rows.Select(row => row.Hundredth));
    }

    private static void Print(string title, IEnumerable<ColdRow?> some)
    {
        ColdRow[] rows = [.. some.OfType<ColdRow>()];
        if (rows.Length == 0) return;
        Console.WriteLine($"\n{title}: medians (quartiles) in ms; memory that the model added, MB\n");
        bool promoted = rows.Any(row => row.PrivatePromoted is not null);
        string last = promoted ? $"{"promoted",9}{"private",9}{"mapped",9}{"tables",9}" : "";
        Console.WriteLine(
            $"{"",-25}{"load + first answer",21}{"speed-up",9}{"load",9}{"first",9}{"private",9}{"mapped",9}{"tables",9}{"warm",9}{"= warm x",9}{last}");
        foreach (ColdRow row in rows)
        {
            // It opens the library beside this program; the other ways open the one beside the binary.
            string way = row.Way == Way.Managed ? $"{row.Way} {row.Library}" : row.Way;
            string together = Results.Text($"{row.Together.Median:F1} ({row.Together.LowerQuartile:F0}-{row.Together.UpperQuartile:F0})");
            string times = Results.Text($"{row.Speedup,9:F1}") + Time(row.Load) + Time(row.First);
            string memory = Memory(row.Private) + Memory(row.Mapped) + Memory(row.PageTables);
            string more = promoted ? Time(row.Promoted) + Memory(row.PrivatePromoted) + Memory(row.MappedPromoted) + Memory(row.PageTablesPromoted) : "";
            Console.WriteLine($"{way,-25}{together,21}{times}{memory}{Time(row.Warm)}{Number(row.TimesWarm)}{more}");
        }
    }

    private static string Time(Spread? spread) => Number(spread?.Median);

    private static string Number(double? number) => number is null ? $"{"",9}" : Results.Text($"{number,9:F1}");

    private static string Memory(Spread? spread) => spread is null ? $"{"",9}" : Results.Text($"{spread.Median / 1e6,9:F2}");
}
