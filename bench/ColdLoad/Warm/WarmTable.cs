using Thaw.Harness.Measuring;

namespace Thaw.ColdLoad.Warm;

/// <summary>Prints warm answers as a table.</summary>
internal static class WarmTable
{
    public static void Print(WarmGroup group)
    {
        Console.WriteLine($"\n{group.Model}, warm answers by texts x tokens: medians in ms\n");
        Console.WriteLine($"{"",-10}{"plain",9}{"thaw",9}{"ratio",9}");
        foreach (WarmRow row in group.Rows)
            Console.WriteLine(Results.Text($"{$"{row.Texts} x {row.Tokens}",-10}{row.Plain.Median,9:F1}{row.Thaw.Median,9:F1}{row.Ratio,9:F2}"));
    }
}
