using System.Xml.Linq;
using Thaw.ColdLoad;
using Thaw.ColdLoad.Cold;
using Thaw.ColdLoad.Density;
using Thaw.ColdLoad.Models;
using Thaw.ColdLoad.Warm;
using Thaw.Harness.Measuring;

namespace Thaw.UnitTests.Bench;

public sealed class ColdReportTests
{
    private static readonly ColdSample[] Plain = [.. new double[] { 900, 1000, 1100 }.Select(load => Sample(load, 50, privately: 400_000_000))];
    private static readonly ColdSample[] Raw = [.. new double[] { 30, 70, 40 }.Select(load => Sample(load, 60, privately: 3_000_000))];

    [Fact]
    public void A_speedup_is_the_ratio_of_the_medians_of_load_and_first_answer()
    {
        ColdRow row = ColdRow.Of(Way.Raw, Raw, Plain);
        Assert.Equal(1050.0 / 100, row.Speedup, 1e-9);
        Assert.Equal((100, 40, 60), (row.Together.Median, row.Load.Median, row.First.Median));
        Assert.Equal(1, ColdRow.Of(Way.Plain, Plain, Plain).Speedup);
    }

    [Fact]
    public void A_measurement_that_no_process_has_is_left_out_and_one_that_some_have_is_not()
    {
        Assert.Null(ColdRow.Of(Way.Raw, Raw, Plain).Promoted);
        ColdSample[] some = [Raw[0] with { Promoted = 45, AddedPromoted = new MappedMemory(7, 8, 9) }, Raw[1]];
        ColdRow row = ColdRow.Of(Way.Raw, some, Plain);
        Assert.Equal((45, 7, 8), (row.Promoted!.Median, row.PrivatePromoted!.Median, row.MappedPromoted!.Median));
    }

    [Fact]
    public void Further_models_are_compared_with_plain_second_ones_and_with_warm_answers()
    {
        ColdSample[] plain = [.. Plain.Select(sample => sample with { Second = Sample(700, 100, privately: 1) })];
        ColdSample[] raw = [.. Raw.Select(sample => sample with
        {
            Warm = 50, Promoted = 20, Second = Sample(10, 30, privately: 7), Hundredth = Sample(20, 30, privately: 8),
        })];
        ColdRow row = ColdRow.Of(Way.Raw, raw, plain);
        Assert.Equal((10.5, 20, 16), (row.Speedup, row.Second!.Speedup, row.Hundredth!.Speedup));
        Assert.Equal((5, 2, 2.5), (row.TimesWarm, row.Second.TimesWarm, row.Hundredth.TimesWarm));
        Assert.Equal((7, 8), (row.Second.Private.Median, row.Hundredth.Private.Median));
        Assert.Null(ColdRow.Of(Way.Plain, plain, plain).Hundredth);
    }

    [Fact]
    public void The_chart_of_warm_answers_is_xml_with_a_bar_for_each_shape()
    {
        WarmRow[] rows = [new(1, 8, Spread.Of([10]), Spread.Of([5])), new(4, 16, Spread.Of([10]), Spread.Of([20]))];
        XElement svg = XElement.Parse(WarmChart.Draw([new WarmGroup("BERT-base", rows)]));
        double[] lengths = [.. svg.Elements().Where(element => element.Attribute("fill")?.Value == "#d55e00").Select(bar => (double)bar.Attribute("width")!)];
        Assert.Equal(4, lengths[1] / lengths[0], 0.01);
        Assert.Contains(svg.Elements(), element => element.Value == "0.50 (5.0 of 10.0 ms)");
    }

    [Fact]
    public void The_chart_of_many_models_is_xml_with_a_line_for_each_quantity()
    {
        AtOnceRow[] rows = [new(1, 1, 10, 2, 20_000_000, 300_000), new(10, 5, 1, 1, 21_000_000, 400_000)];
        var report = new AtOnceReport(Machine.Read(), "thaw", "", 10, 1, 2, 20, 0, 1, rows);
        Assert.Equal(4, XElement.Parse(AtOnceChart.Draw(report)).Elements().Count(element => element.Name.LocalName == "polyline"));
        Assert.Equal((1_000_000 / 9, 100_000 / 9), (report.PrivatePerModel, report.PageTablesPerModel));
    }

    [Fact]
    public void The_chart_is_xml_with_a_bar_for_each_way_and_panel()
    {
        ColdRow[] rows = [ColdRow.Of(Way.Plain, Plain, Plain), ColdRow.Of(Way.Raw, Raw, Plain)];
        ColdGroup[] groups = [new("BERT-base, fp32", CacheState.Read, 1, null, rows), new("BERT-base, fp32", CacheState.Dropped, 1, null, rows)];
        XElement svg = XElement.Parse(ColdChart.Draw(new ColdReport(Machine.Read(), "thaw", "", "", "", groups, [])));
        XElement[] bars = [.. svg.Elements().Where(element => element.Name.LocalName == "rect" &&
            (string?)element.Attribute("fill") != "white" && (string?)element.Attribute("y") != "38")];
        // Only those of the warm cache.
        Assert.Equal(2 * rows.Length, bars.Length);
        double[] lengths = [.. bars.Select(bar => (double)bar.Attribute("width")!)];
        Assert.Equal(10.5, lengths[0] / lengths[2], 0.1);
        Assert.Contains(svg.Elements(), element => element.Value == "100, 10.5 times faster");
    }

    private static ColdSample Sample(double load, double first, long privately) =>
        new(load, first, new MappedMemory(privately, 0, 0), [1, 2, 3]) { Library = "1.30.0" };
}
