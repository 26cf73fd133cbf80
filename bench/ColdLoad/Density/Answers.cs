namespace Thaw.ColdLoad.Density;

/// <summary>Checks that each model gives its own answer: the expected one; or if none is, a first one that differs from those of all other models,
/// and later ones that equal it.</summary>
internal sealed class Answers
{
    // Far more than two ways of multiplying differ by, far less than the logits of two models.
    private const double Same = 1e-3;

    private readonly Dictionary<string, float[]> _own = [];

    // By the first logit: only neighbours in it can be the same.
    private readonly SortedSet<(float First, string Model)> _order = [];

    public int Wrong { get; private set; }

    /// <summary>Number of models whose answer is known.</summary>
    public int Expected => _own.Count;

    /// <summary>Says what a model must answer.</summary>
    public void Expect(string model, float[] logits)
    {
        _own.Add(model, logits);
        _order.Add((logits[0], model));
    }

    public void Add(string model, string answer)
    {
        float[] logits = Question.Logits(answer);
        if (_own.TryGetValue(model, out float[]? own))
        {
            if (Question.Distance(own, logits) > Same) Wrong++;
            return;
        }

        float most = (float)(Same * (logits.Max() - logits.Min()));
        if (_order.GetViewBetween((logits[0] - most, ""), (logits[0] + most, "\uffff")).Any(other => Question.Distance(logits, _own[other.Model]) <= Same))
            Wrong++;
        Expect(model, logits);
    }
}
