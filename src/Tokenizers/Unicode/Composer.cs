namespace Thaw.Tokenizers.Unicode;

/// <summary>Decomposes characters, sorts the combining ones and, for NFC and NFKC, composes them again.</summary>
internal ref struct Composer(NormalForm form) : IDisposable
{
    private const int None = -1;

    private readonly bool _compatible = form is NormalForm.Nfkd or NormalForm.Nfkc;
    private readonly bool _composes = form is NormalForm.Nfc or NormalForm.Nfkc;
    private CombiningRun _run = new();

    // The last character of class 0, with which the following ones may still compose.
    private int _starter = None;
    private int _starterChange;

    public void Add<TSink>(int scalar, ref TSink sink)
        where TSink : struct, INormalizationSink, allows ref struct
    {
        Span<int> parts = stackalloc int[UnicodeTables.MaxCompatibleDecomposition];
        int count = _compatible ? UnicodeTables.DecomposeCompatible(scalar, parts) : UnicodeTables.Decompose(scalar, parts);
        for (int i = 0; i < count; i++)
        {
            byte combiningClass = UnicodeTables.CombiningClass(parts[i]);
            if (combiningClass == 0)
                AddStarter(parts[i], change: i > 0 ? 1 : 0, ref sink);
            else
                _run.Add(parts[i], inserted: i > 0, combiningClass);
        }
    }

    /// <summary>Writes everything so far: the next character does not interact with it.</summary>
    public void Flush<TSink>(ref TSink sink)
        where TSink : struct, INormalizationSink, allows ref struct
    {
        EndRun(ref sink);
        EndStarter(ref sink);
    }

    public void Dispose() => _run.Dispose();

    private void AddStarter<TSink>(int scalar, int change, ref TSink sink)
        where TSink : struct, INormalizationSink, allows ref struct
    {
        EndRun(ref sink);
        if (!_composes)
        {
            sink.Add(scalar, change);
            return;
        }

        if (_starter != None && !TryCompose(scalar, change))
            EndStarter(ref sink);
        else if (_starter != None)
            return;
        _starter = scalar;
        _starterChange = change;
    }

    private void EndRun<TSink>(ref TSink sink)
        where TSink : struct, INormalizationSink, allows ref struct
    {
        if (_run.Count == 0)
            return;
        _run.Sort();

        int left = _run.Count;
        if (_starter != None)
        {
            left = ComposeRun();
            // The remaining characters keep the next one from composing with the one before them.
            if (left > 0)
                EndStarter(ref sink);
        }

        for (int i = 0; i < left; i++)
            sink.Add(_run.Scalar(i), _run.Change(i));
        _run.Clear();
    }

    // Returns how many do not compose; these move to the front of the run. Each of them blocks later ones of its class.
    private int ComposeRun()
    {
        int left = 0;
        for (int i = 0; i < _run.Count; i++)
        {
            bool blocked = left > 0 && _run.Class(left - 1) == _run.Class(i);
            if (blocked || !TryCompose(_run.Scalar(i), _run.Change(i)))
                _run.Move(i, left++);
        }

        return left;
    }

    private bool TryCompose(int scalar, int change)
    {
        int composed = UnicodeTables.Compose(_starter, scalar);
        if (composed < 0)
            return false;
        // Two characters became one.
        _starter = composed;
        _starterChange += change - 1;
        return true;
    }

    private void EndStarter<TSink>(ref TSink sink)
        where TSink : struct, INormalizationSink, allows ref struct
    {
        if (_starter != None)
            sink.Add(_starter, _starterChange);
        _starter = None;
    }
}
