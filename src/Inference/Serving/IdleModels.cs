namespace Thaw.Inference.Serving;

/// <summary>Memory that models need only while they run.</summary>
public static class IdleModels
{
    /// <summary>Gives the page tables of idle models back to the system, one model after another. The next run of such a model brings them back, which
    /// takes 35 ms of processor time for BERT-base in small pages.</summary>
    /// <param name="idle">Time for which a model must not have been used.</param>
    /// <param name="isNeeded">Asked before each model; ends this with false.</param>
    /// <returns>The number of models that gave theirs back.</returns>
    public static int ReleasePageTables(ModelTable<LoadedModel> models, TimeSpan idle, Func<bool> isNeeded)
    {
        int released = 0;
        models.ForUnused(model =>
        {
            if (!model.IsIdle(idle)) return true;
            if (!isNeeded()) return false;
            model.ReleasePageTables();
            released++;
            return true;
        });
        return released;
    }
}
