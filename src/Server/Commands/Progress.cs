namespace Thaw.Server.Commands;

/// <summary>Shows the progress of a long command: one line that is overwritten on a terminal, one line per step elsewhere.</summary>
internal sealed class Progress(TextWriter writer, bool isTerminal)
{
    // To the start of the line, and clear to its end (ECMA-48).
    private const string Rewind = "\r\u001b[K";

    private string _step = "";
    private int _percent;

    public void Report(string step, double fraction)
    {
        int percent = (int)(fraction * 100);
        if (step == _step && (percent == _percent || !isTerminal)) return;
        (_step, _percent) = (step, percent);
        if (!isTerminal) writer.WriteLine($"{step} …");
        else writer.Write(percent > 0 ? $"{Rewind}{step} … {percent} %" : $"{Rewind}{step} …");
    }

    /// <summary>Clears the line.</summary>
    public void End()
    {
        if (isTerminal && _step.Length > 0) writer.Write(Rewind);
    }
}
