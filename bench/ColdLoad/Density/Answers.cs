namespace Thaw.ColdLoad.Density;

/// <summary>Tells whether each model goes on to answer as itself: its first answer differs from all others', and later ones equal it.</summary>
internal sealed class Answers
{
    // Far above what two ways of multiplying differ by, far below what two models' logits do.
    private const double Same = 1e-3;

    private readonly Dictionary<string, float[]> _first = [];

    public int Wrong { get; private set; }

    public void Add(string model, string answer)
    {
        float[] logits = Question.Logits(answer);
        bool right = _first.TryGetValue(model, out float[]? before)
            ? Question.Distance(before, logits) <= Same
            : _first.Values.All(other => Question.Distance(other, logits) > Same);
        _first.TryAdd(model, logits);
        if (!right) Wrong++;
    }
}
