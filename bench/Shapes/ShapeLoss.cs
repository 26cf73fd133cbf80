namespace Thaw.Shapes;

/// <summary>What a rule loses against always having the better session, as shares of the better one's time.</summary>
internal sealed record ShapeLoss(double Mean, double Worst)
{
    /// <param name="turns">The rule: whether the runs of a shape are turned.</param>
    public static ShapeLoss Of(IReadOnlyList<ShapeTime> times, Func<ShapeTime, bool> turns)
    {
        double[] losses = [.. times.Select(time => time.LossOf(turns(time)))];
        return new ShapeLoss(losses.Average(), losses.Max());
    }
}
