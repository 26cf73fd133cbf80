namespace Thaw.ColdLoad.Plain;

/// <summary>Runs a loaded model once on one text, given as token ids, and returns its logits.</summary>
internal delegate float[] PlainModel(long[] ids, int labels);
